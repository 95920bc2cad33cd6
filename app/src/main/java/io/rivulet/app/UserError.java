package io.rivulet.app;

/** Something the user can mend; the message says what is wrong and what to do. */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserError(String message) {
    super(message);
  }

  public UserError(String message, Throwable cause) {
    super(message, cause);
  }

  /** Checks a number that the user gave by an option. */
  public static void requireAtLeast(long least, String option, long value) {
    if (value < least) {
      throw new UserError(option + " must be at least " + least + ", not " + value);
    }
  }
}

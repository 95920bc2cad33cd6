package io.rivulet.features;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads pickles without doing what they say. A pickle is a program that may call anything; here it
 * reaches three functions, which NumPy's scalars need, and the library's registry of constructors,
 * which others share, isn't asked. What comes out is made of texts, bytes, numbers, truth values,
 * nulls, tuples (arrays) and dictionaries in their own order. Nothing is allocated for a length
 * that the pickle only claims, and no nesting is followed by recursion.
 */
final class SafeUnpickler extends Unpickler {
  /** Larger pickles are refused. */
  static final int MAX_BYTES = 512 << 20;

  private static final int MAX_INTEGER_BYTES = 255;
  private static final int MAX_LINE = 100;
  private static final int MAX_SHOWN = 100;
  private static final String READ = "only numbers, text and NumPy scalars are read";

  private static final Map<String, Function> FUNCTIONS =
      Map.of(
          "numpy.dtype", Function.DTYPE,
          "numpy.core.multiarray.scalar", Function.SCALAR,
          "numpy._core.multiarray.scalar", Function.SCALAR,
          "_codecs.encode", Function.ENCODE);

  private SafeUnpickler() {}

  /**
   * The value that a file holds.
   *
   * @throws PickleException whose message is a clause without the file's name, if it is refused
   */
  static Object read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      throw new Refusal("it has " + size + " bytes, more than the " + MAX_BYTES + " that are read");
    }
    try (InputStream input = Files.newInputStream(file)) {
      return read(input.readNBytes((int) size));
    }
  }

  /**
   * The value that {@code pickle} holds.
   *
   * @throws PickleException whose message is a clause, if it is refused
   */
  static Object read(byte[] pickle) {
    ByteArrayInputStream input = new ByteArrayInputStream(pickle);
    Object value;
    try {
      value = new SafeUnpickler().load(input);
    } catch (Refusal e) {
      throw e;
    } catch (IOException e) {
      throw new Refusal("the pickle ends early, after " + pickle.length + " bytes", e);
    } catch (RuntimeException e) {
      // The library meets damage with whatever its casts, lookups and conversions throw.
      int position = pickle.length - input.available();
      throw new Refusal("the pickle is damaged near byte " + position, e);
    }
    if (input.available() > 0) {
      throw new Refusal("the pickle has " + input.available() + " bytes after its end");
    }
    return value;
  }

  /** What {@code value} is, for messages; it isn't looked into. */
  static String kind(Object value) {
    if (value == null) {
      return "None";
    } else if (value instanceof String) {
      return "text";
    } else if (value instanceof Boolean) {
      return "a truth value";
    } else if (value instanceof Number) {
      return "a number";
    } else if (value instanceof byte[]) {
      return "bytes";
    } else if (value instanceof Object[]) {
      return "a tuple";
    } else if (value instanceof Map) {
      return "a dictionary";
    }
    return "an object";
  }

  /** {@code text} for messages: its beginning, without control characters. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), MAX_SHOWN); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) ? '?' : c);
    }
    return text.length() > MAX_SHOWN ? shown + "..." : shown.toString();
  }

  @Override
  protected Object dispatch(short opcode) throws IOException {
    switch (opcode) {
      case Opcodes.MARK,
          Opcodes.STOP,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.BINFLOAT,
          Opcodes.UNICODE,
          Opcodes.EMPTY_TUPLE,
          Opcodes.TUPLE,
          Opcodes.TUPLE1,
          Opcodes.TUPLE2,
          Opcodes.TUPLE3,
          Opcodes.BINGET,
          Opcodes.LONG_BINGET,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.MEMOIZE -> {
        return super.dispatch(opcode);
      }
      case Opcodes.INT, Opcodes.LONG, Opcodes.FLOAT, Opcodes.GET, Opcodes.PUT -> {
        requireShortLine();
        return super.dispatch(opcode);
      }
      case Opcodes.PROTO -> requireKnownProtocol();
      case Opcodes.FRAME -> length(Long.BYTES);
      case Opcodes.LONG1 -> stack.add(integer(1));
      case Opcodes.LONG4 -> stack.add(integer(Integer.BYTES));
      case Opcodes.SHORT_BINUNICODE -> stack.add(text(1));
      case Opcodes.BINUNICODE -> stack.add(text(Integer.BYTES));
      case Opcodes.BINUNICODE8 -> stack.add(text(Long.BYTES));
      case Opcodes.SHORT_BINBYTES -> stack.add(bytes(1));
      case Opcodes.BINBYTES -> stack.add(bytes(Integer.BYTES));
      case Opcodes.BINBYTES8 -> stack.add(bytes(Long.BYTES));
      case Opcodes.EMPTY_DICT -> stack.add(new Dictionary());
      case Opcodes.DICT -> {
        List<Object> items = stack.pop_all_since_marker();
        stack.add(new Dictionary());
        setItems(items);
      }
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        setItem(stack.pop(), value);
      }
      case Opcodes.SETITEMS -> setItems(stack.pop_all_since_marker());
      case Opcodes.GLOBAL -> {
        String module = PickleUtils.readline(input);
        stack.add(function(module, PickleUtils.readline(input)));
      }
      case Opcodes.STACK_GLOBAL -> {
        String name = (String) stack.pop();
        stack.add(function((String) stack.pop(), name));
      }
      case Opcodes.INST -> {
        String module = PickleUtils.readline(input);
        throw notConstructed(module + "." + PickleUtils.readline(input));
      }
      case Opcodes.REDUCE -> reduce();
      case Opcodes.BUILD -> build();
      default -> throw refused(opcode);
    }
    return NO_RETURN_VALUE;
  }

  private void requireKnownProtocol() throws IOException {
    int protocol = input.read();
    if (protocol > HIGHEST_PROTOCOL) {
      throw new Refusal(
          "the pickle is of protocol " + protocol + "; 0 to " + HIGHEST_PROTOCOL + " are read");
    }
  }

  /** Numbers in decimal digits take the square of their length to read. */
  private void requireShortLine() throws IOException {
    input.mark(MAX_LINE + 1);
    byte[] line = input.readNBytes(MAX_LINE + 1);
    input.reset();
    for (byte b : line) {
      if (b == '\n') {
        return;
      }
    }
    if (line.length > MAX_LINE) {
      throw new Refusal("the pickle has a number of more than " + MAX_LINE + " digits");
    }
    throw new EOFException();
  }

  /** The length in the next {@code width} bytes, refused if fewer bytes are left after them. */
  private int length(int width) throws IOException {
    byte[] littleEndian = input.readNBytes(width);
    if (littleEndian.length < width) {
      throw new EOFException();
    }
    long length = 0;
    for (int i = width - 1; i >= 0; i--) {
      length = (length << Byte.SIZE) | Byte.toUnsignedInt(littleEndian[i]);
    }
    if (length < 0 || length > input.available()) {
      throw new Refusal(
          "the pickle claims "
              + Long.toUnsignedString(length)
              + " bytes where only "
              + input.available()
              + " are left");
    }
    return (int) length;
  }

  private byte[] bytes(int width) throws IOException {
    return input.readNBytes(length(width));
  }

  private String text(int width) throws IOException {
    byte[] bytes = bytes(width);
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Refusal("the pickle has text that is not UTF-8", e);
    }
  }

  private Number integer(int width) throws IOException {
    byte[] littleEndian = bytes(width);
    if (littleEndian.length > MAX_INTEGER_BYTES) {
      throw new Refusal("the pickle has an integer of " + littleEndian.length + " bytes");
    }
    return PickleUtils.decode_long(littleEndian);
  }

  private void setItems(List<Object> items) {
    for (int i = 0; i < items.size(); i += 2) {
      setItem(items.get(i), items.get(i + 1));
    }
  }

  /** Other keys than texts and numbers could hash themselves without end. */
  private void setItem(Object key, Object value) {
    if (!(key instanceof String) && !(key instanceof Number)) {
      throw new Refusal(
          "the pickle has a dictionary with " + kind(key) + " for a key, not text or a number");
    }
    ((Dictionary) stack.peek()).put(key, value);
  }

  private static Function function(String module, String name) {
    Function function = FUNCTIONS.get(module + "." + name);
    if (function == null) {
      throw notConstructed(module + "." + name);
    }
    return function;
  }

  private void reduce() {
    Object[] arguments = (Object[]) stack.pop();
    Object callee = stack.pop();
    if (!(callee instanceof Function function)) {
      throw new Refusal("the pickle calls " + kind(callee) + "; " + READ);
    }
    stack.add(function.construct(arguments));
  }

  private void build() {
    Object state = stack.pop();
    Object target = stack.peek();
    if (!(target instanceof Dtype dtype)) {
      throw new Refusal("the pickle sets the state of " + kind(target) + "; " + READ);
    }
    dtype.setState((Object[]) state);
  }

  private static Refusal notConstructed(String name) {
    return new Refusal(shown(name) + " may not be constructed from a pickle; " + READ);
  }

  private static Refusal refused(short opcode) {
    String name =
        switch (opcode) {
          case Opcodes.POP -> "POP";
          case Opcodes.POP_MARK -> "POP_MARK";
          case Opcodes.DUP -> "DUP";
          case Opcodes.STRING -> "STRING";
          case Opcodes.BINSTRING -> "BINSTRING";
          case Opcodes.SHORT_BINSTRING -> "SHORT_BINSTRING";
          case Opcodes.LIST -> "LIST";
          case Opcodes.EMPTY_LIST -> "EMPTY_LIST";
          case Opcodes.APPEND -> "APPEND";
          case Opcodes.APPENDS -> "APPENDS";
          case Opcodes.EMPTY_SET -> "EMPTY_SET";
          case Opcodes.ADDITEMS -> "ADDITEMS";
          case Opcodes.FROZENSET -> "FROZENSET";
          case Opcodes.OBJ -> "OBJ";
          case Opcodes.NEWOBJ -> "NEWOBJ";
          case Opcodes.NEWOBJ_EX -> "NEWOBJ_EX";
          case Opcodes.EXT1 -> "EXT1";
          case Opcodes.EXT2 -> "EXT2";
          case Opcodes.EXT4 -> "EXT4";
          case Opcodes.PERSID -> "PERSID";
          case Opcodes.BINPERSID -> "BINPERSID";
          case Opcodes.BYTEARRAY8 -> "BYTEARRAY8";
          case Opcodes.NEXT_BUFFER -> "NEXT_BUFFER";
          case Opcodes.READONLY_BUFFER -> "READONLY_BUFFER";
          default -> null;
        };
    if (name == null) {
      return new Refusal(
          String.format(
              Locale.ROOT, "it is not a pickle or is damaged: no opcode is 0x%02X", opcode));
    }
    return new Refusal("the pickle uses " + name + "; " + READ);
  }

  /** Says in one clause why a pickle isn't read. */
  private static final class Refusal extends PickleException {
    Refusal(String message) {
      super(message);
    }

    Refusal(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Dictionary under construction; told from any other map by its class. */
  private static final class Dictionary extends LinkedHashMap<Object, Object> {}

  /** All that a pickle may call. */
  private enum Function implements IObjectConstructor {
    /** Of a type's name and two flags. */
    DTYPE {
      @Override
      public Object construct(Object[] arguments) {
        return new Dtype((String) arguments[0]);
      }
    },
    /** Of a dtype and a number's bytes. */
    SCALAR {
      @Override
      public Object construct(Object[] arguments) {
        return ((Dtype) arguments[0]).number((byte[]) arguments[1]);
      }
    },
    /** Of a text and latin1: how protocols 0 to 2 have bytes. */
    ENCODE {
      @Override
      public Object construct(Object[] arguments) {
        String text = (String) arguments[0];
        if (!arguments[1].equals("latin1") || !ISO_8859_1.newEncoder().canEncode(text)) {
          throw new Refusal("the pickle encodes text in another way than latin1");
        }
        return text.getBytes(ISO_8859_1);
      }
    }
  }

  /** NumPy type of one number, in the byte order that BUILD sets after its construction. */
  private static final class Dtype {
    private static final Set<String> NAMES =
        Set.of("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8");

    private final String name;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    Dtype(String name) {
      if (!NAMES.contains(name)) {
        throw new Refusal(
            "NumPy's type "
                + shown(name)
                + " is not read, only integers (i1 to u8) and numbers (f4, f8)");
      }
      this.name = name;
    }

    /** The state is a version, then the byte order; the rest tells nothing about numbers. */
    void setState(Object[] state) {
      order =
          switch ((String) state[1]) {
            case "<" -> ByteOrder.LITTLE_ENDIAN;
            case ">" -> ByteOrder.BIG_ENDIAN;
            case "|" -> order;
            default -> throw new Refusal("the pickle has an unknown byte order");
          };
    }

    Number number(byte[] bytes) {
      int size = name.charAt(1) - '0';
      if (bytes.length != size) {
        throw new Refusal(
            "the pickle has a NumPy scalar " + name + " of " + bytes.length + " bytes");
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
      return switch (name) {
        case "i1" -> Long.valueOf(buffer.get());
        case "i2" -> Long.valueOf(buffer.getShort());
        case "i4" -> Long.valueOf(buffer.getInt());
        case "i8" -> Long.valueOf(buffer.getLong());
        case "u1" -> Byte.toUnsignedLong(buffer.get());
        case "u2" -> Short.toUnsignedLong(buffer.getShort());
        case "u4" -> Integer.toUnsignedLong(buffer.getInt());
        case "u8" -> unsigned(buffer.getLong());
        case "f4" -> Double.valueOf(buffer.getFloat());
        case "f8" -> Double.valueOf(buffer.getDouble());
        default -> throw new IllegalStateException(name);
      };
    }

    private static Number unsigned(long bits) {
      if (bits >= 0) {
        return bits;
      }
      return new BigInteger(Long.toUnsignedString(bits));
    }
  }
}

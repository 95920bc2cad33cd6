package io.rivulet.trainer.model;

/**
 * Random numbers that are a pure function of (seed, stream, counter), so that a parameter's initial
 * value depends on its key and not on when or where it is first asked for. Bits come from the
 * SplitMix64 finaliser (Steele, Lea, Flood, OOPSLA 2014).
 */
public final class CounterRandom {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private CounterRandom() {}

  /** Mixes the bits of {@code x}; a bijection. */
  public static long mix(long x) {
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }

  /** 64 random bits. */
  public static long bits(long seed, long stream, long counter) {
    return mix(mix(mix(seed + GOLDEN) ^ stream) + counter * GOLDEN);
  }

  /** Uniform in (0, 1). */
  public static double uniform(long seed, long stream, long counter) {
    return ((bits(seed, stream, counter) >>> 12) + 0.5) * 0x1.0p-52;
  }

  /** Standard normal, by Box and Muller. */
  public static double normal(long seed, long stream, long counter) {
    double u = uniform(seed, stream, 2 * counter);
    double v = uniform(seed, stream, 2 * counter + 1);
    return StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * StrictMath.PI * v);
  }
}

package io.rivulet.features;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.Unpickler;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeUnpicklerTest {
  private static final String READ = "; only numbers, text and NumPy scalars are read";
  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;

  @BeforeAll
  static void theSharedRegistryHasAConstructorThatTellsOfCalls() {
    Unpickler.registerConstructor("rivulet", "tripwire", arguments -> CALLS.incrementAndGet());
  }

  @BeforeEach
  void nothingIsCalledYet() {
    CALLS.set(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void everyKindOfValueIsReadInEveryProtocol(int protocol) throws IOException {
    Map<Object, Object> values = new LinkedHashMap<>();
    ((Map<?, ?>) SafeUnpickler.read(fixture("protocol" + protocol + "/scalars.pkl")))
        .forEach(values::put);

    assertThat((byte[]) values.remove("bytes")).containsExactly(0, 0xE9, 0xFF);
    assertThat(Arrays.deepToString((Object[]) values.remove("tuple")))
        .isEqualTo("[1, a, [], [2], [3, 4], [5, 6, 7, 8]]");
    Map<Object, Object> expected = new LinkedHashMap<>();
    expected.put("i1", -128L);
    expected.put("i2", -32768L);
    expected.put("i4", -2147483648L);
    expected.put("i8", Long.MIN_VALUE);
    expected.put("u1", 255L);
    expected.put("u2", 65535L);
    expected.put("u4", 4294967295L);
    expected.put("u8", Long.MAX_VALUE);
    expected.put("huge u8", BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
    expected.put("f4", 1.5);
    expected.put("f8", -0.1);
    expected.put("int", 12345678901L);
    expected.put("negative", -300);
    expected.put("huge int", BigInteger.TWO.pow(70));
    expected.put("float", 2.5);
    expected.put("true", true);
    expected.put("false", false);
    expected.put("none", null);
    expected.put("text", "größe € 😀");
    assertThat(values).containsExactlyEntriesOf(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "protocol2/system, posix.system",
    "protocol4/system, posix.system",
    "protocol2/eval, __builtin__.eval",
    "protocol4/eval, builtins.eval",
    "protocol2/path, pathlib.PurePosixPath",
    "protocol4/path, pathlib.PurePosixPath",
    "protocol2/date, datetime.date",
    "protocol4/date, datetime.date",
    "protocol2/plain, __main__.Plain",
    "protocol4/plain, __main__.Plain",
    "protocol2/objects, numpy._core.multiarray._reconstruct",
    "protocol4/objects, numpy._core.multiarray._reconstruct",
    "protocol2/set, __builtin__.set"
  })
  void anyOtherClassOrFunctionIsRefusedByName(String pickle, String name) {
    assertThatThrownBy(() -> SafeUnpickler.read(fixture("refused/" + pickle + ".pkl")))
        .isInstanceOf(PickleException.class)
        .hasMessage(name + " may not be constructed from a pickle" + READ);
  }

  @ParameterizedTest
  @CsvSource({
    "protocol2/list, the pickle uses EMPTY_LIST",
    "protocol4/list, the pickle uses EMPTY_LIST",
    "protocol4/set, the pickle uses EMPTY_SET",
    "protocol2/str_, NumPy's type U1 is not read",
    "protocol4/str_, NumPy's type U1 is not read",
    "protocol2/float16, NumPy's type f2 is not read",
    "protocol4/float16, NumPy's type f2 is not read"
  })
  void otherValuesAreRefusedByTheirKind(String pickle, String message) {
    assertThatThrownBy(() -> SafeUnpickler.read(fixture("refused/" + pickle + ".pkl")))
        .isInstanceOf(PickleException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aFunctionOfTheSharedRegistryIsNotCalledByReduce() throws IOException {
    assertTripwireIsRefused(
        new Pickle()
            .global("rivulet", "tripwire")
            .op(Opcodes.EMPTY_TUPLE)
            .op(Opcodes.REDUCE)
            .stop());
  }

  @Test
  void aFunctionOfTheSharedRegistryIsNotCalledByItsNameOnTheStack() throws IOException {
    assertTripwireIsRefused(
        new Pickle()
            .text("rivulet")
            .text("tripwire")
            .op(Opcodes.STACK_GLOBAL)
            .op(Opcodes.EMPTY_TUPLE)
            .op(Opcodes.REDUCE)
            .stop());
  }

  @Test
  void aClassOfTheSharedRegistryIsNotInstantiatedByInst() throws IOException {
    assertTripwireIsRefused(
        new Pickle()
            .op(Opcodes.MARK)
            .op(Opcodes.INST)
            .raw("rivulet\ntripwire\n".getBytes(UTF_8))
            .stop());
  }

  @Test
  void aClassOfTheSharedRegistryIsNotInstantiatedByObj() throws IOException {
    assertTripwireIsRefused(
        new Pickle().op(Opcodes.MARK).global("rivulet", "tripwire").op(Opcodes.OBJ).stop());
  }

  @Test
  void aClassOfTheSharedRegistryIsNotInstantiatedByNewobj() throws IOException {
    assertTripwireIsRefused(
        new Pickle()
            .global("rivulet", "tripwire")
            .op(Opcodes.EMPTY_TUPLE)
            .op(Opcodes.NEWOBJ)
            .stop());
  }

  @ParameterizedTest
  @CsvSource({
    "0x30, POP",
    "0x31, POP_MARK",
    "0x32, DUP",
    "0x53, STRING",
    "0x54, BINSTRING",
    "0x55, SHORT_BINSTRING",
    "0x6C, LIST",
    "0x5D, EMPTY_LIST",
    "0x61, APPEND",
    "0x65, APPENDS",
    "0x8F, EMPTY_SET",
    "0x90, ADDITEMS",
    "0x91, FROZENSET",
    "0x6F, OBJ",
    "0x81, NEWOBJ",
    "0x92, NEWOBJ_EX",
    "0x82, EXT1",
    "0x83, EXT2",
    "0x84, EXT4",
    "0x50, PERSID",
    "0x51, BINPERSID",
    "0x96, BYTEARRAY8",
    "0x97, NEXT_BUFFER",
    "0x98, READONLY_BUFFER"
  })
  void anOpcodeThatPicklesOfNumbersDoNotNeedIsRefusedByName(String opcode, String name) {
    byte[] pickle = new Pickle().op(Integer.decode(opcode)).raw(new byte[16]).stop();

    assertRefused(pickle, "the pickle uses " + name + READ);
  }

  @Test
  void aNameIsShownWithoutControlCharactersAndNotWithoutEnd() {
    assertRefused(
        new Pickle().global("os\u001B[2J", "x".repeat(1000)).stop(),
        "os?[2J." + "x".repeat(93) + "... may not be constructed from a pickle" + READ);
  }

  @Test
  void onlyTheAllowedFunctionsAreCalled() {
    assertRefused(
        new Pickle().text("system").op(Opcodes.EMPTY_TUPLE).op(Opcodes.REDUCE).stop(),
        "the pickle calls text" + READ);
  }

  @Test
  void onlyADtypeHasState() {
    assertRefused(
        new Pickle().op(Opcodes.EMPTY_DICT).op(Opcodes.EMPTY_DICT).op(Opcodes.BUILD).stop(),
        "the pickle sets the state of a dictionary" + READ);
  }

  @ParameterizedTest
  @CsvSource({"<, 258", ">, 513"})
  void aScalarIsReadInItsByteOrder(String order, long expected) {
    assertThat(SafeUnpickler.read(scalar("u2", order, 2, 1))).isEqualTo(expected);
  }

  @Test
  void aBigEndianDoubleIsRead() {
    assertThat(SafeUnpickler.read(scalar("f8", ">", 0x40, 0x04, 0, 0, 0, 0, 0, 0))).isEqualTo(2.5);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 9})
  void aScalarWhoseBytesAreNotAsManyAsItsTypesIsRefused(int length) {
    assertRefused(
        scalar("i8", "<", new int[length]),
        "the pickle has a NumPy scalar i8 of " + length + " bytes");
  }

  @Test
  void anUnknownByteOrderIsRefused() {
    assertRefused(scalar("i1", "?", 1), "the pickle has an unknown byte order");
  }

  @ParameterizedTest
  @CsvSource({"é, utf-8", "€, latin1"})
  void bytesAreOnlyTakenFromLatin1(String text, String encoding) {
    assertRefused(
        new Pickle()
            .global("_codecs", "encode")
            .text(text)
            .text(encoding)
            .op(Opcodes.TUPLE2)
            .op(Opcodes.REDUCE)
            .stop(),
        "the pickle encodes text in another way than latin1");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void aPickleCutAtAnyByteIsRefusedInOneLine(int protocol) throws IOException {
    byte[] pickle = Files.readAllBytes(fixture("protocol" + protocol + "/scalars.pkl"));

    for (int length = 0; length < pickle.length; length++) {
      byte[] cut = Arrays.copyOf(pickle, length);
      assertThatThrownBy(() -> SafeUnpickler.read(cut))
          .as("%d bytes", length)
          .isInstanceOf(PickleException.class)
          .hasMessageMatching("[^\n]+");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void aPickleWithAnyByteChangedIsReadOrRefusedInOneLine(int protocol) throws IOException {
    byte[] pickle = Files.readAllBytes(fixture("protocol" + protocol + "/scalars.pkl"));

    for (int i = 0; i < pickle.length; i++) {
      for (int bits : new int[] {0x01, 0x10, 0x80, 0xFF}) {
        byte[] changed = pickle.clone();
        changed[i] ^= (byte) bits;
        Throwable thrown = catchThrowable(() -> SafeUnpickler.read(changed));
        if (thrown != null) {
          assertThat(thrown)
              .as("byte %d with bits %x changed", i, bits)
              .isInstanceOf(PickleException.class)
              .hasMessageMatching("[^\n]+");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x58, 2147483648", // BINUNICODE
    "0x58, 4294967295",
    "0x58, 4",
    "0x42, 2147483648", // BINBYTES
    "0x42, 4294967295",
    "0x8B, 2147483648", // LONG4
    "0x8B, 4294967295"
  })
  void aFourByteLengthBeyondTheEndIsRefused(String opcode, long length) {
    assertRefused(
        new Pickle().op(Integer.decode(opcode)).littleEndian(length, 4).raw(1, 2).stop(),
        "the pickle claims " + length + " bytes where only 3 are left");
  }

  @ParameterizedTest
  @CsvSource({
    "0x8D, 2147483648", // BINUNICODE8
    "0x8D, 1099511627776",
    "0x8D, 9223372036854775808",
    "0x8E, 2147483648", // BINBYTES8
    "0x8E, 1099511627776",
    "0x8E, 18446744073709551615",
    "0x95, 4", // FRAME
    "0x95, 1099511627776"
  })
  void anEightByteLengthBeyondTheEndIsRefused(String opcode, String length) {
    assertRefused(
        new Pickle()
            .op(Integer.decode(opcode))
            .littleEndian(Long.parseUnsignedLong(length), 8)
            .raw(1, 2)
            .stop(),
        "the pickle claims " + length + " bytes where only 3 are left");
  }

  @ParameterizedTest
  @CsvSource({
    "0x8C", // SHORT_BINUNICODE
    "0x43", // SHORT_BINBYTES
    "0x8A" // LONG1
  })
  void aOneByteLengthBeyondTheEndIsRefused(String opcode) {
    assertRefused(
        new Pickle().op(Integer.decode(opcode)).raw(255, 1, 2).stop(),
        "the pickle claims 255 bytes where only 3 are left");
  }

  @Test
  void lengthsOfEveryWidthUpToTheEndAreRead() {
    byte[] text = "é".getBytes(UTF_8);

    assertThat(
            SafeUnpickler.read(
                new Pickle().op(Opcodes.BINUNICODE8).littleEndian(2, 8).raw(text).stop()))
        .isEqualTo("é");
    assertThat(
            SafeUnpickler.read(
                new Pickle().op(Opcodes.BINBYTES8).littleEndian(2, 8).raw(text).stop()))
        .isEqualTo(text);
    assertThat(
            SafeUnpickler.read(
                new Pickle().op(Opcodes.BINBYTES).littleEndian(2, 4).raw(text).stop()))
        .isEqualTo(text);
    assertThat(
            SafeUnpickler.read(new Pickle().op(Opcodes.LONG4).littleEndian(2, 4).raw(0, 1).stop()))
        .isEqualTo(256L);
  }

  @Test
  void anIntegerOfManyBytesIsRefused() {
    assertRefused(
        new Pickle().op(Opcodes.LONG4).littleEndian(256, 4).raw(new byte[256]).stop(),
        "the pickle has an integer of 256 bytes");
  }

  @Test
  void anIntegerOfManyDigitsIsRefused() {
    assertRefused(
        new Pickle().op(Opcodes.LONG).raw(("9".repeat(100_000) + "L\n").getBytes(UTF_8)).stop(),
        "the pickle has a number of more than 100 digits");
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    assertRefused(
        new Pickle().op(Opcodes.SHORT_BINUNICODE).raw(1, 0xE9).stop(),
        "the pickle has text that is not UTF-8");
  }

  @Test
  void aDictionaryMayHoldItself() {
    byte[] pickle =
        new Pickle()
            .op(Opcodes.EMPTY_DICT)
            .op(Opcodes.BINPUT, 0)
            .text("I1")
            .op(Opcodes.BINGET, 0)
            .op(Opcodes.SETITEM)
            .stop();

    Map<?, ?> dictionary = (Map<?, ?>) SafeUnpickler.read(pickle);

    Object value = dictionary.get("I1");
    assertThat(value).isSameAs(dictionary);
  }

  @Test
  void aDictionaryIsNoKey() {
    assertRefused(
        new Pickle()
            .op(Opcodes.EMPTY_DICT)
            .op(Opcodes.BINPUT, 0)
            .op(Opcodes.BINGET, 0)
            .integer(1)
            .op(Opcodes.SETITEM)
            .stop(),
        "the pickle has a dictionary with a dictionary for a key, not text or a number");
  }

  @Test
  void deepNestingIsReadWithoutRecursion() {
    Pickle pickle = new Pickle().op(Opcodes.EMPTY_TUPLE);
    for (int i = 0; i < 1_000_000; i++) {
      pickle.op(Opcodes.TUPLE1);
    }

    Object value = SafeUnpickler.read(pickle.stop());

    assertThat(SafeUnpickler.kind(value)).isEqualTo("a tuple");
  }

  @Test
  void aDictionaryWithoutAValueForItsLastKeyIsDamaged() {
    assertRefused(
        new Pickle().op(Opcodes.EMPTY_DICT).op(Opcodes.MARK).text("I1").op(Opcodes.SETITEMS).stop(),
        "the pickle is damaged near byte 12");
  }

  @Test
  void anEmptyFileEndsEarly() {
    assertRefused(new byte[0], "the pickle ends early, after 0 bytes");
  }

  @Test
  void bytesAfterTheEndAreRefused() {
    byte[] pickle = new Pickle().integer(1).stop();

    assertRefused(Arrays.copyOf(pickle, pickle.length + 2), "the pickle has 2 bytes after its end");
  }

  @Test
  void aLaterProtocolIsRefused() {
    assertRefused(
        new byte[] {(byte) Opcodes.PROTO, 6, 'N', '.'},
        "the pickle is of protocol 6; 0 to 5 are read");
  }

  @Test
  void whatIsNoPickleIsRefused() {
    assertRefused(
        new byte[] {0x1F, (byte) 0x8B, 8, 0},
        "it is not a pickle or is damaged: no opcode is 0x1F");
  }

  @Test
  void aHugeFileIsRefusedUnread() throws IOException {
    Path file = directory.resolve("huge.pkl");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(SafeUnpickler.MAX_BYTES + 1L);
    }

    assertThatThrownBy(() -> SafeUnpickler.read(file))
        .isInstanceOf(PickleException.class)
        .hasMessage("it has 536870913 bytes, more than the 536870912 that are read");
  }

  /** The library's own unpickler shows that {@code pickle} does call the registry's function. */
  private static void assertTripwireIsRefused(byte[] pickle) throws IOException {
    assertThat(new Unpickler().loads(pickle)).isEqualTo(1);
    assertRefused(pickle, "rivulet.tripwire may not be constructed from a pickle" + READ);
    assertThat(CALLS).hasValue(1);
  }

  private static void assertRefused(byte[] pickle, String message) {
    assertThatThrownBy(() -> SafeUnpickler.read(pickle))
        .isInstanceOf(PickleException.class)
        .hasMessage(message);
  }

  /** A NumPy scalar as NumPy has it in protocol 2. */
  private static byte[] scalar(String type, String order, int... bytes) {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    return new Pickle()
        .global("numpy.core.multiarray", "scalar")
        .global("numpy", "dtype")
        .text(type)
        .op(Opcodes.NEWFALSE)
        .op(Opcodes.NEWTRUE)
        .op(Opcodes.TUPLE3)
        .op(Opcodes.REDUCE)
        .integer(3)
        .text(order)
        .op(Opcodes.NONE)
        .op(Opcodes.TUPLE3)
        .op(Opcodes.BUILD)
        .global("_codecs", "encode")
        .text(new String(raw, ISO_8859_1))
        .text("latin1")
        .op(Opcodes.TUPLE2)
        .op(Opcodes.REDUCE)
        .op(Opcodes.TUPLE2)
        .op(Opcodes.REDUCE)
        .stop();
  }

  /** A file that {@code pickles/make.py} made. */
  static Path fixture(String name) {
    try {
      return Path.of(SafeUnpicklerTest.class.getResource("/pickles/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes a pickle of protocol 2, opcode by opcode. */
  static final class Pickle {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Pickle() {
      op(Opcodes.PROTO, 2);
    }

    /** The pickle of a dictionary of texts, integers, doubles, truth values and nulls. */
    static byte[] dictionary(Object... keysAndValues) {
      Pickle pickle = new Pickle().op(Opcodes.EMPTY_DICT).op(Opcodes.MARK);
      for (Object value : keysAndValues) {
        if (value == null) {
          pickle.op(Opcodes.NONE);
        } else if (value instanceof String text) {
          pickle.text(text);
        } else if (value instanceof Integer integer) {
          pickle.integer(integer);
        } else if (value instanceof Double number) {
          pickle.op(Opcodes.BINFLOAT).raw(ByteBuffer.allocate(8).putDouble(number).array());
        } else {
          pickle.op((Boolean) value ? Opcodes.NEWTRUE : Opcodes.NEWFALSE);
        }
      }
      return pickle.op(Opcodes.SETITEMS).stop();
    }

    Pickle op(int opcode, int... operands) {
      bytes.write(opcode);
      return raw(operands);
    }

    Pickle raw(int... values) {
      for (int value : values) {
        bytes.write(value);
      }
      return this;
    }

    Pickle raw(byte[] values) {
      bytes.writeBytes(values);
      return this;
    }

    Pickle littleEndian(long value, int width) {
      byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
      bytes.write(all, 0, width);
      return this;
    }

    Pickle integer(int value) {
      return op(Opcodes.BININT).littleEndian(value, 4);
    }

    Pickle text(String text) {
      byte[] utf8 = text.getBytes(UTF_8);
      return op(Opcodes.BINUNICODE).littleEndian(utf8.length, 4).raw(utf8);
    }

    Pickle global(String module, String name) {
      return op(Opcodes.GLOBAL).raw((module + "\n" + name + "\n").getBytes(UTF_8));
    }

    byte[] stop() {
      return op(Opcodes.STOP).bytes.toByteArray();
    }
  }
}

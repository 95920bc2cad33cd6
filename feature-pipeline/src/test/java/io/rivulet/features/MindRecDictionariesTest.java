package io.rivulet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.features.MindRecDictionaries.Category;
import io.rivulet.features.SafeUnpicklerTest.Pickle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.Opcodes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MindRecDictionariesTest {
  private static final Set<String> DENSE = Set.of("I1", "I2", "I3", "I4", "I5", "I6");
  private static final Set<String> CATEGORICAL = Set.of("C1", "C2", "C3");

  @TempDir Path directory;

  private Path maxDict;
  private Path minDict;
  private Path cat2id;

  @BeforeEach
  void goodDictionariesOfOneDenseAndOneCategoricalField() throws IOException {
    maxDict = directory.resolve("all_val_max_dict.pkl");
    minDict = directory.resolve("all_val_min_dict.pkl");
    cat2id = directory.resolve("cat2id_dict.pkl");
    Files.write(maxDict, Pickle.dictionary("I1", 5));
    Files.write(minDict, Pickle.dictionary("I1", -1.5));
    Files.write(cat2id, Pickle.dictionary("I1", 0, "OOVC1", 1, "C1_a", 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "protocol0",
        "protocol1",
        "protocol2",
        "protocol3",
        "protocol4",
        "protocol5",
        "numpy1"
      })
  void theDictionariesAreReadInEveryProtocolAndByBothNamesOfNumPysModule(String folder) {
    MindRecDictionaries dictionaries =
        MindRecDictionaries.read(
            SafeUnpicklerTest.fixture(folder + "/all_val_max_dict.pkl"),
            SafeUnpicklerTest.fixture(folder + "/all_val_min_dict.pkl"),
            SafeUnpicklerTest.fixture(folder + "/cat2id_dict.pkl"),
            DENSE,
            CATEGORICAL);

    assertThat(dictionaries.maximum())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "I1", 5775.0,
                "I2", 257675.0,
                "I3", 65535.5,
                "I4", 969.0,
                "I5", (double) 0.1f,
                "I6", 431037.25));
    assertThat(dictionaries.minimum())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("I1", -1.0, "I2", -3.0, "I3", 0.0, "I4", 0.0, "I5", -0.5, "I6", -2.5));
    assertThat(dictionaries.categories())
        .containsExactly(
            new Category("C1", "68fd1e64"),
            new Category("C2", "a_b"),
            new Category("C2", "größe €"),
            new Category("C3", "😀"),
            new Category("C1", "05db9164"));
  }

  @Test
  void theLongestFieldNameBeforeAnUnderscoreIsTheField() throws IOException {
    Files.write(cat2id, Pickle.dictionary("C_1_x", 0, "C_2_x", 1, "C_1", 2, "C__", 3));

    assertThat(read(Set.of("C", "C_1")).categories())
        .containsExactly(
            new Category("C_1", "x"),
            new Category("C", "2_x"),
            new Category("C", "1"),
            new Category("C", "_"));
  }

  @Test
  void manyCategoriesAreReadInTheirOrder() throws IOException {
    int count = 200_000;
    Object[] entries = new Object[2 * count];
    for (int i = 0; i < count; i++) {
      entries[2 * i] = "C1_" + Integer.toHexString(i);
      entries[2 * i + 1] = i;
    }
    Files.write(cat2id, Pickle.dictionary(entries));

    assertThat(read().categories())
        .hasSize(count)
        .startsWith(new Category("C1", "0"), new Category("C1", "1"))
        .endsWith(new Category("C1", Integer.toHexString(count - 1)));
  }

  @Test
  void aMinimumMayEqualItsMaximum() throws IOException {
    Files.write(minDict, Pickle.dictionary("I1", 5));

    assertThat(read().minimum()).containsExactlyEntriesOf(Map.of("I1", 5.0));
  }

  @Test
  void whatWasReadDoesNotChangeLater() {
    Map<String, Double> bounds = new LinkedHashMap<>(Map.of("I1", 1.0));
    MindRecDictionaries dictionaries =
        new MindRecDictionaries(bounds, bounds, Arrays.asList(new Category("C1", "a")));

    bounds.put("I2", 2.0);

    assertThat(dictionaries.minimum()).containsOnlyKeys("I1");
    assertThat(dictionaries.maximum()).containsOnlyKeys("I1");
    assertThatThrownBy(() -> dictionaries.minimum().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> dictionaries.categories().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aPickleThatCallsAFunctionIsRefusedByFileAndFunction() throws IOException {
    Path system = SafeUnpicklerTest.fixture("refused/protocol4/system.pkl");
    Files.copy(system, maxDict, StandardCopyOption.REPLACE_EXISTING);

    assertRefused(
        maxDict,
        "posix.system may not be constructed from a pickle; only numbers, text and NumPy scalars"
            + " are read");
  }

  @Test
  void aDamagedPickleIsRefusedByFile() throws IOException {
    byte[] good = Files.readAllBytes(cat2id);
    Files.write(cat2id, Arrays.copyOf(good, good.length - 1));

    assertRefused(cat2id, "the pickle ends early, after " + (good.length - 1) + " bytes");
  }

  @Test
  void aMissingFileIsRefusedByName() throws IOException {
    Files.delete(minDict);

    assertRefused(minDict, "there is no such file");
  }

  @Test
  void aFolderIsNoFile() throws IOException {
    Files.delete(minDict);
    Files.createDirectory(minDict);

    assertRefused(minDict, "there is no such file");
  }

  @Test
  void anythingButADictionaryIsRefused() throws IOException {
    Files.write(maxDict, new Pickle().text("I1").stop());
    assertRefused(maxDict, "it holds text, not a dictionary");

    Files.write(maxDict, new Pickle().op(Opcodes.NONE).stop());
    assertRefused(maxDict, "it holds None, not a dictionary");
  }

  @Test
  void aKeyThatIsNotTextIsRefused() throws IOException {
    Files.write(cat2id, Pickle.dictionary("I1", 0, 7, 1));

    assertRefused(cat2id, "its key 7 is not text");
  }

  @Test
  void aBoundThatIsNotANumberIsRefused() throws IOException {
    Files.write(maxDict, Pickle.dictionary("I1", "5"));
    assertRefused(maxDict, "I1 has text for a number");

    Files.write(maxDict, Pickle.dictionary("I1", true));
    assertRefused(maxDict, "I1 has a truth value for a number");

    Files.write(maxDict, Pickle.dictionary("I1", null));
    assertRefused(maxDict, "I1 has None for a number");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void aBoundThatIsNotFiniteIsRefused(double bound) throws IOException {
    Files.write(minDict, Pickle.dictionary("I1", bound));

    assertRefused(minDict, "I1 is " + bound + ", not a finite number");
  }

  @Test
  void anIntegerBeyondAllDoublesIsRefused() throws IOException {
    byte[] huge = new byte[200];
    huge[199] = 1;
    Files.write(
        maxDict,
        new Pickle()
            .op(Opcodes.EMPTY_DICT)
            .text("I1")
            .op(Opcodes.LONG1, huge.length)
            .raw(huge)
            .op(Opcodes.SETITEM)
            .stop());

    assertRefused(maxDict, "I1 is Infinity, not a finite number");
  }

  @Test
  void aMinimumAboveTheMaximumIsRefused() throws IOException {
    Files.write(minDict, Pickle.dictionary("I1", 6));

    assertRefused(minDict, "the minimum 6.0 of I1 is above the maximum 5.0 in " + maxDict);
  }

  @Test
  void aDenseFieldWithoutABoundIsRefused() throws IOException {
    Files.write(minDict, Pickle.dictionary());

    assertRefused(minDict, "it has no key I1");
  }

  @Test
  void aBoundOfAnUnknownFieldIsRefused() throws IOException {
    Files.write(maxDict, Pickle.dictionary("I1", 5, "I99", 5));

    assertRefused(maxDict, "its key I99 is no dense field");
  }

  @ParameterizedTest
  @ValueSource(strings = {"C9_a", "C1", "C1-a", "_a", "", "OOVC9", "OOV", "I9", "I1_a", "c1_a"})
  void aCategoryOfNoFieldIsRefused(String key) throws IOException {
    Files.write(cat2id, Pickle.dictionary("C1_a", 0, key, 1));

    assertRefused(cat2id, "its key " + key + " belongs to no field");
  }

  @Test
  void anIdThatIsNoIntegerIsRefused() throws IOException {
    Files.write(cat2id, Pickle.dictionary("C1_a", 1.0));
    assertRefused(cat2id, "C1_a has a number for an id, not an integer");

    Files.write(cat2id, Pickle.dictionary("OOVC1", "1"));
    assertRefused(cat2id, "OOVC1 has text for an id, not an integer");

    Files.write(cat2id, Pickle.dictionary("I1", false));
    assertRefused(cat2id, "I1 has a truth value for an id, not an integer");
  }

  private MindRecDictionaries read() {
    return read(Set.of("C1"));
  }

  private MindRecDictionaries read(Set<String> categoricalFields) {
    return MindRecDictionaries.read(maxDict, minDict, cat2id, Set.of("I1"), categoricalFields);
  }

  private void assertRefused(Path file, String why) {
    assertThatThrownBy(this::read)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Can't import " + file + ": " + why);
  }
}

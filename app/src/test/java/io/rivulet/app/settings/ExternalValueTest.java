package io.rivulet.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalValueTest {
  @TempDir Path directory;

  private static String resolve(String text) {
    return ExternalValue.resolve("kafka.password", text, Map.of("SECRET", "from ${env:SECRET}"));
  }

  @Test
  void textIsItself() {
    assertThat(resolve("pa$$word")).isEqualTo("pa$$word");
    assertThat(resolve("")).isEmpty();
  }

  @Test
  void aVariableIsTakenAsItIs() {
    assertThat(resolve("${env:SECRET}")).isEqualTo("from ${env:SECRET}");
  }

  @Test
  void aFileIsTakenWithoutTheNewlineAtItsEnd() throws IOException {
    Path file = directory.resolve("secret");
    String text = "${file:" + file + "}";

    assertThat(resolve(writing(file, " a \n b\n", text))).isEqualTo(" a \n b");
    assertThat(resolve(writing(file, "a\r\n", text))).isEqualTo("a");
    assertThat(resolve(writing(file, "a\n\n", text))).isEqualTo("a\n");
    assertThat(resolve(writing(file, "a", text))).isEqualTo("a");
  }

  private static String writing(Path file, String content, String text) throws IOException {
    Files.writeString(file, content);
    return text;
  }

  @Test
  void aVariableOrFileThatIsMissingIsSaidByName() {
    assertThatThrownBy(() -> resolve("${env:NOWHERE}"))
        .isInstanceOf(UserError.class)
        .hasMessage("kafka.password names the environment variable NOWHERE, which isn't set");
    assertThatThrownBy(() -> resolve("${file:/no/such/secret}"))
        .isInstanceOf(UserError.class)
        .hasMessage("kafka.password names the file /no/such/secret, which can't be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"${SECRET}", "${env:SECRET", "${vault:SECRET}", "${env:SECRET} "})
  void otherPlaceholdersAreRefusedAndNotShown(String text) {
    assertThatThrownBy(() -> resolve(text))
        .isInstanceOf(UserError.class)
        .hasMessage("kafka.password must be a value, ${env:NAME} or ${file:PATH}");
  }
}

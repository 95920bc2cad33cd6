package io.rivulet.app.train;

import io.rivulet.app.UserError;
import io.rivulet.features.Schema;
import io.rivulet.trainer.model.LearnerSettings;
import io.rivulet.trainer.model.ModelMigration;
import io.rivulet.trainer.model.WideDeepModel;
import java.util.Arrays;
import java.util.List;

/** Carries a model over to other features and another shape; fields are matched by name. */
public final class Migration {
  private Migration() {}

  /**
   * The model with the features {@code to} and the shape of {@code settings}.
   *
   * @throws UserError if something of it can't be kept
   */
  public static WideDeepModel migrate(
      WideDeepModel model, FeatureStage from, FeatureStage to, LearnerSettings settings) {
    List<Schema.Field> before = from.model().spec().schema().fields();
    List<Schema.Field> after = to.model().spec().schema().fields();
    if (before.equals(after) && settings.shape().equals(model.settings().shape())) {
      return model.with(settings);
    }
    int[] sources = after.stream().mapToInt(field -> source(field, before)).toArray();
    if (Arrays.stream(sources).allMatch(source -> source == ModelMigration.NEW)) {
      throw new UserError(
          "No field of schema "
              + to.model().spec().schema().name()
              + " is one of the model's, whose fields would all be lost; give the settings of its"
              + " training, with the new features.schema");
    }
    try {
      return ModelMigration.migrate(model, settings, sources);
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static int source(Schema.Field field, List<Schema.Field> before) {
    for (int f = 0; f < before.size(); f++) {
      Schema.Field was = before.get(f);
      if (was.name().equals(field.name())) {
        if (was.kind() != field.kind()
            || (field.kind() == Schema.Kind.DENSE && was.scaling() != field.scaling())) {
          throw new UserError(
              "Field "
                  + field.name()
                  + " can't change its kind or scaling, since its embedding was learned for the"
                  + " old one; give the new field another name");
        }
        return f;
      }
    }
    return ModelMigration.NEW;
  }
}

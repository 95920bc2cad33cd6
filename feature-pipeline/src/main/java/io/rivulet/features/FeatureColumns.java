package io.rivulet.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log1p;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.rivulet.features.FeatureSpec.Scaling;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The expressions of the example columns. A key is {@code xxhash64(field number, value)}; a field's
 * own key, which is the key of a dense field and the OOV key of a categorical one, is {@code
 * xxhash64(field number)}.
 */
final class FeatureColumns {
  static final String KEYS = "keys";
  static final String WEIGHTS = "weights";
  static final String FIELDS = "fields";

  private static final float LOG_SCALE = 8f;

  private FeatureColumns() {}

  static Column ownKey(int f) {
    return xxhash64(lit(f));
  }

  static Column key(Schema schema, int f) {
    Schema.Field field = schema.fields().get(f);
    if (field.dense()) {
      return ownKey(f);
    }
    Column value = col(field.name());
    return when(value.isNull().or(value.equalTo("")), ownKey(f)).otherwise(xxhash64(lit(f), value));
  }

  static Column keys(Schema schema) {
    Column[] keys = new Column[schema.fields().size()];
    for (int f = 0; f < keys.length; f++) {
      keys[f] = key(schema, f);
    }
    return array(keys).as(KEYS);
  }

  static Column weights(FeatureSpec spec) {
    List<Schema.Field> fields = spec.schema().fields();
    Column[] weights = new Column[fields.size()];
    int dense = 0;
    for (int f = 0; f < weights.length; f++) {
      weights[f] =
          fields.get(f).dense() ? scaled(spec, col(fields.get(f).name()), dense++) : lit(1f);
    }
    return array(weights).as(WEIGHTS);
  }

  private static Column scaled(FeatureSpec spec, Column value, int dense) {
    Column weight;
    if (spec.scaling() == Scaling.LOG1P) {
      weight = log1p(greatest(value, lit(0L)).cast("double")).divide(LOG_SCALE);
    } else {
      double low = spec.minimum().get(dense);
      double range = spec.maximum().get(dense) - low;
      weight =
          range > 0
              ? least(greatest(value.cast("double").minus(low).divide(range), lit(0.0)), lit(1.0))
              : lit(0.0);
    }
    return when(value.isNull(), lit(0f)).otherwise(weight.cast("float"));
  }

  static Column fields() {
    return lit(null).cast("array<int>").as(FIELDS);
  }

  /** The schema after {@link ClickFeaturesModel#transform}; refuses input without the fields. */
  static StructType outputSchema(StructType input, Schema schema) {
    List<String> names = Arrays.asList(input.fieldNames());
    for (Schema.Field field : schema.fields()) {
      if (!names.contains(field.name())) {
        throw new IllegalArgumentException(
            "Column "
                + field.name()
                + " of schema "
                + schema.name()
                + " is missing; the input has "
                + names);
      }
    }
    return input
        .add(KEYS, DataTypes.createArrayType(DataTypes.LongType, false), false)
        .add(WEIGHTS, DataTypes.createArrayType(DataTypes.FloatType, false), false)
        .add(FIELDS, DataTypes.createArrayType(DataTypes.IntegerType, true), true);
  }
}

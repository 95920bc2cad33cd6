package io.rivulet.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_repeat;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log1p;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;

/**
 * The expressions of the example columns. A field is known by the hash of its name, so that keys
 * don't depend on where it stands: a key is {@code xxhash64(xxhash64(name), value)}, with a
 * bucket's number as the value; a field's own key, which is the key of a dense field without
 * buckets and the OOV key of all others, is {@code xxhash64(xxhash64(name))}.
 */
final class FeatureColumns {
  static final String KEYS = "keys";
  static final String WEIGHTS = "weights";
  static final String FIELDS = "fields";

  private static final float LOG_SCALE = 8f;

  /** The seed of Spark's xxhash64. */
  private static final long SEED = 42;

  private FeatureColumns() {}

  private static Column id(Field field) {
    return lit(hash(field.name(), SEED));
  }

  private static long hash(String text, long seed) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return XXH64.hashUnsafeBytes(bytes, Platform.BYTE_ARRAY_OFFSET, bytes.length, seed);
  }

  static Column ownKey(Field field) {
    return xxhash64(id(field));
  }

  /** A field's own key, computed here and now. */
  static long ownKeyOf(Field field) {
    return XXH64.hashLong(hash(field.name(), SEED), SEED);
  }

  /** The key of a value, computed here and now. */
  static long key(Field field, String value) {
    return hash(value, ownKeyOf(field));
  }

  /** As above, of a value that is UTF-8 within {@code text}, in a field with that own key. */
  static long key(long ownKey, byte[] text, int from, int until) {
    return XXH64.hashUnsafeBytes(text, Platform.BYTE_ARRAY_OFFSET + from, until - from, ownKey);
  }

  private static Column key(Field field, Column value) {
    return when(absent(value), ownKey(field)).otherwise(xxhash64(id(field), value));
  }

  private static Column absent(Column category) {
    return category.isNull().or(category.equalTo(""));
  }

  /** As above, of a bucket. */
  static long key(long ownKey, long bucket) {
    return XXH64.hashLong(bucket, ownKey);
  }

  /** The only key of a field that isn't multi-valued. */
  static Column key(Field field) {
    Column value = col(field.name());
    if (!field.dense()) {
      return key(field, value);
    }
    return field.hasCategories()
        ? when(value.isNull(), ownKey(field))
            .otherwise(xxhash64(id(field), Buckets.of(value.cast("double"), field.whole())))
        : ownKey(field);
  }

  /** The keys of the values of a multi-valued field that has some. */
  static Column valueKeys(Field field) {
    return transform(col(field.name()), value -> key(field, value));
  }

  static Column keys(Schema schema) {
    return entries(
            schema,
            FeatureColumns::key,
            (field, values) -> {
              Column none = array(ownKey(field));
              return when(size(values).gt(0), valueKeys(field)).otherwise(none);
            })
        .as(KEYS);
  }

  static Column weights(FeatureSpec spec) {
    Iterator<Range> ranges = spec.ranges().iterator();
    return entries(
            spec.schema(),
            field ->
                switch (field.kind()) {
                  case DENSE ->
                      field.hasCategories()
                          ? lit(1f)
                          : scaled(field, field.minmax() ? ranges.next() : null);
                  case CATEGORICAL, MULTI_VALUED -> categoryWeight(field);
                },
            (field, values) -> {
              Column each =
                  field.pooling() == Pooling.SUM
                      ? lit(1f)
                      : lit(1.0).divide(size(values)).cast("float");
              Column none = array(lit(field.missing() == Missing.ZERO ? 0f : 1f));
              return when(size(values).gt(0), array_repeat(each, size(values))).otherwise(none);
            })
        .as(WEIGHTS);
  }

  private static Column categoryWeight(Field field) {
    return field.missing() == Missing.OOV
        ? lit(1f)
        : when(absent(col(field.name())), lit(0f)).otherwise(lit(1f));
  }

  private static Column scaled(Field field, Range range) {
    Column value = col(field.name());
    Column number = value.cast("double");
    Column weight =
        switch (field.scaling()) {
          case LOG1P -> log1p(greatest(number, lit(0.0))).divide(LOG_SCALE);
          case MINMAX -> {
            double width = range.maximum() - range.minimum();
            yield width > 0
                ? least(greatest(number.minus(range.minimum()).divide(width), lit(0.0)), lit(1.0))
                : lit(0.0);
          }
          case NONE -> number;
          case BUCKETS -> throw new IllegalArgumentException("Buckets have weight 1");
        };
    return when(value.isNull(), lit(0f)).otherwise(weight.cast("float"));
  }

  /** The weight of a number that is there, computed here and now; to the bit as above. */
  static float weight(Scaling scaling, Range range, double number) {
    double weight =
        switch (scaling) {
          case LOG1P -> StrictMath.log1p(number < 0.0 ? 0.0 : number) / LOG_SCALE;
          case MINMAX -> {
            double width = range.maximum() - range.minimum();
            double part = (number - range.minimum()) / width;
            double positive = part < 0.0 ? 0.0 : part;
            // For Spark a NaN, which infinite ranges give, is greater than 1.
            yield width > 0 ? (positive <= 1.0 ? positive : 1.0) : 0.0;
          }
          case NONE -> number;
          case BUCKETS -> 1;
        };
    return (float) weight;
  }

  /** The field of each key, or null if every field has exactly one. */
  static Column fields(Schema schema) {
    if (!schema.pooled()) {
      return lit(null).cast("array<int>").as(FIELDS);
    }
    return entries(
            schema,
            field -> lit(schema.fields().indexOf(field)),
            (field, values) ->
                array_repeat(lit(schema.fields().indexOf(field)), greatest(size(values), lit(1))))
        .as(FIELDS);
  }

  /** One entry for each field that has one key, any number for the others, in their order. */
  private static Column entries(
      Schema schema, Function<Field, Column> one, BiFunction<Field, Column, Column> many) {
    List<Column> parts = new ArrayList<>();
    List<Column> run = new ArrayList<>();
    for (Field field : schema.fields()) {
      if (field.multiValued()) {
        if (!run.isEmpty()) {
          parts.add(array(run.toArray(Column[]::new)));
          run.clear();
        }
        parts.add(many.apply(field, col(field.name())));
      } else {
        run.add(one.apply(field));
      }
    }
    if (!run.isEmpty()) {
      parts.add(array(run.toArray(Column[]::new)));
    }
    return parts.size() == 1 ? parts.get(0) : concat(parts.toArray(Column[]::new));
  }

  /** The schema after {@link ClickFeaturesModel#transform}; refuses input without the fields. */
  static StructType outputSchema(StructType input, Schema schema) {
    List<String> names = Arrays.asList(input.fieldNames());
    for (Field field : schema.fields()) {
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
        .add(KEYS, DataTypes.createArrayType(DataTypes.LongType, false), schema.pooled())
        .add(WEIGHTS, DataTypes.createArrayType(DataTypes.FloatType, false), schema.pooled())
        .add(FIELDS, DataTypes.createArrayType(DataTypes.IntegerType, true), true);
  }
}

package io.rivulet.features;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_repeat;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log;
import static org.apache.spark.sql.functions.log1p;
import static org.apache.spark.sql.functions.pow;
import static org.apache.spark.sql.functions.signum;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.rivulet.features.FeatureSpec.Range;
import io.rivulet.features.FeatureSpec.Scaling;
import io.rivulet.features.Schema.Field;
import io.rivulet.features.Schema.Missing;
import io.rivulet.features.Schema.Pooling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The expressions of the example columns; {@link FeatureKeys}, {@link Buckets} and {@link
 * Scaling#weight} are the same without Spark.
 */
final class FeatureColumns {
  static final String KEYS = "keys";
  static final String WEIGHTS = "weights";
  static final String FIELDS = "fields";

  private FeatureColumns() {}

  private static Column id(Field field) {
    return lit(FeatureKeys.id(field));
  }

  static Column ownKey(Field field) {
    return xxhash64(id(field));
  }

  private static Column key(Field field, Column value) {
    return when(absent(value), ownKey(field)).otherwise(xxhash64(id(field), value));
  }

  private static Column absent(Column category) {
    return category.isNull().or(category.equalTo(""));
  }

  /** The only key of a field that is neither multi-valued nor a cross. */
  static Column key(Field field) {
    Column value = col(field.name());
    if (!field.dense()) {
      return key(field, value);
    }
    return field.hasCategories()
        ? when(value.isNull(), ownKey(field))
            .otherwise(xxhash64(id(field), bucket(value.cast("double"), field.whole())))
        : ownKey(field);
  }

  /** The only key of a field that isn't multi-valued, or of a cross of such. */
  static Column key(Schema schema, Field field) {
    return field.cross()
        ? xxhash64(
            id(field),
            key(schema.field(field.crossed().get(0))),
            key(schema.field(field.crossed().get(1))))
        : key(field);
  }

  /** The keys of the values of a multi-valued field that has some. */
  static Column valueKeys(Field field) {
    return transform(col(field.name()), value -> key(field, value));
  }

  static Column keys(Schema schema) {
    return entries(
            schema,
            field -> key(schema, field),
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
                  case CROSS -> lit(1f);
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
          case LOG1P -> log1p(greatest(number, lit(0.0))).divide(Scaling.LOG_SCALE);
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

  /** The {@link Buckets bucket} of a double that isn't null, a bigint. */
  private static Column bucket(Column number, boolean whole) {
    Column a = least(floor(abs(number).multiply(Buckets.scale(whole))), lit(Buckets.LARGEST));
    return when(a.leq(Buckets.AS_THEY_ARE), a)
        .otherwise(floor(pow(log(a), 2)).plus(Buckets.AS_THEY_ARE))
        .multiply(signum(number).cast("bigint"));
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
    for (Field field : schema.eventFields()) {
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

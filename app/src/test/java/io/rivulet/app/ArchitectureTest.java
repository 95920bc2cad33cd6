package io.rivulet.app;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.ObjectInputStream;
import java.util.Date;

/** Modules and packages point one way. */
@AnalyzeClasses(packages = "io.rivulet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String TRAINER = "io.rivulet.trainer..";
  private static final String SPARK = "org.apache.spark..";

  @ArchTest
  static final ArchRule featuresKnowNeitherTrainerNorApplication =
      noClasses()
          .that()
          .resideInAPackage("io.rivulet.features..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(TRAINER, "io.rivulet.app..");

  @ArchTest
  static final ArchRule theTrainerKnowsNeitherFeaturesNorApplication =
      noClasses()
          .that()
          .resideInAPackage(TRAINER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.rivulet.features..", "io.rivulet.app..");

  @ArchTest
  static final ArchRule inTheTrainerOnlyThePackagesSparkAndDl4jUseSpark =
      noClasses()
          .that()
          .resideInAPackage(TRAINER)
          .and()
          .resideOutsideOfPackages("io.rivulet.trainer.spark..", "io.rivulet.trainer.dl4j..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(SPARK);

  @ArchTest
  static final ArchRule onlyAStoreOnS3NeedsTheAwsSdk =
      noClasses()
          .that()
          .haveNameNotMatching(".*\\.S3Backend(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.amazonaws..", "org.apache.hadoop.fs.s3a..")
          .because("Spark's distribution lacks both");

  @ArchTest
  static final ArchRule aModelLearnsAndPredictsWithoutAnyEngine =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.rivulet.trainer.model..",
              "io.rivulet.trainer.optim..",
              "io.rivulet.trainer.tower..",
              "io.rivulet.trainer.averaging..",
              "io.rivulet.trainer.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SPARK, "org.apache.hadoop..", "org.apache.kafka..", "scala..")
          .because("a process that serves predictions needs the model and nothing more");

  @ArchTest static final ArchRule optimizersStandAlone = standsAlone("io.rivulet.trainer.optim..");

  @ArchTest static final ArchRule metricsStandAlone = standsAlone("io.rivulet.trainer.metrics..");

  @ArchTest
  static final ArchRule packagesOfTheTrainerPointOneWay =
      slices().matching("io.rivulet.trainer.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfTheApplicationPointOneWay =
      slices().matching("io.rivulet.app.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule settingsAndKafkaKnowNoTraining =
      noClasses()
          .that()
          .resideInAnyPackage("io.rivulet.app.settings..", "io.rivulet.app.kafka..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.rivulet.app.train..");

  @ArchTest
  static final ArchRule nobodyReadsSerializedObjects =
      noClasses()
          .should()
          .dependOnClassesThat(
              assignableTo(ObjectInputStream.class)
                  .or(resideInAPackage("com.esotericsoftware.kryo..")))
          .because("bytes from outside must not choose which classes are loaded");

  /** What isn't decided by the clock can't go wrong when somebody sets it. */
  @ArchTest
  static final ArchRule theTimeOfDayDecidesNothingThatIsLearned =
      noClasses()
          .that()
          .haveNameNotMatching(".*\\.(store\\.(Epoch|StoreWriter)|features\\.Quarantine.*)")
          .should()
          .callMethodWhere(
              target(nameMatching("now|currentTimeMillis|instant|millis"))
                  .and(
                      target(owner(resideInAnyPackage("java.time..", "java.util..")))
                          .or(target(owner(type(System.class))))))
          .orShould()
          .callConstructor(Date.class)
          .because(
              "an epoch and a version say when they were made, and the quarantine counts days; all"
                  + " else asks nanoTime");

  private static ArchRule standsAlone(String name) {
    return noClasses()
        .that()
        .resideInAPackage(name)
        .should()
        .dependOnClassesThat(resideInAPackage("io.rivulet..").and(resideOutsideOfPackage(name)));
  }
}

/**
 * Events to examples: decoding, parsing, MLlib features and quarantine. The columns that {@link
 * io.rivulet.features.ClickFeaturesModel} adds are the whole contract with the trainer.
 */
package io.rivulet.features;

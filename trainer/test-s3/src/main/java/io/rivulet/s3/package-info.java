/** An S3 service for tests. */
package io.rivulet.s3;

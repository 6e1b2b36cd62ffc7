package org.erasus.eval.stats;

/**
 * What a test of two samples gave.
 *
 * @param method which test, and whether its p-value is exact or approximate
 * @param statistic as defined by the test
 * @param pValue two-sided, from 0 to 1
 */
public record TestResult(String method, double statistic, double pValue) {}

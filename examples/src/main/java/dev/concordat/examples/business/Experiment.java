package dev.concordat.examples.business;

/**
 * An experiment somebody wants to run.
 *
 * @param id its id
 * @param owner who wants it
 * @param machines how many machines it needs
 */
public record Experiment(String id, String owner, int machines) {}

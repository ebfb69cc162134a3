package dev.concordat.examples.business;

/**
 * Money leaves an account for another bank.
 *
 * @param id its id
 * @param account the account
 * @param amount how much, in cents
 * @param bank the receiving bank
 * @param email who is told
 */
public record Withdrawal(String id, String account, long amount, String bank, String email) {}

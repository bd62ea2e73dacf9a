/* errands.c - what customers of the simulation come for. */
#include "errands.h"
#include "messages.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    USUAL_AMOUNT = 20000,
    HUGE_AMOUNT = 100000000,
    EVERY = 20 /* only each 20th account is ever deleted: some must stay */
};

/* A random number below `limit`, by splitmix64. */
static int64_t draw(struct teller *teller, int64_t limit)
{
    uint64_t bits = teller->random += 0x9E3779B97F4A7C15u;

    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return (int64_t)((bits ^ (bits >> 31)) % (uint64_t)limit);
}

struct account_id {
    char text[24];
};

static struct account_id name_account(int64_t number)
{
    struct account_id id;

    snprintf(id.text, sizeof id.text, "%06" PRId64, number);
    return id;
}

static struct account_id draw_account(struct teller *teller)
{
    return name_account(1 + draw(teller, teller->accounts));
}

/* ---- what is sound, and done or refused as the account has it ---------------- */

static void open_account(struct teller *teller, const struct jangle_envelope *envelope)
{
    static const char *const names[] = {"Natalie", "Ursula",    "Benjamin", "Chiara",
                                        "Dmitri",  "Guadalupe", "Søren",    "Yoshiko"};
    const char *name = names[draw(teller, sizeof names / sizeof names[0])];
    int64_t deposit = draw(teller, 5 * USUAL_AMOUNT);

    jangle_send_in(teller->bank, &teller->outcome, envelope, create_account, .name = name,
                   .initial_deposit = {deposit > USUAL_AMOUNT, deposit});
}

static void deposit(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);
    int64_t amount = 1 + draw(teller, USUAL_AMOUNT);

    jangle_send_in(teller->bank, &teller->outcome, envelope, deposit_funds,
                   .account_id = id.text, .amount = amount);
}

static void withdraw(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);
    int64_t amount = 1 + draw(teller, USUAL_AMOUNT);

    jangle_send_in(teller->bank, &teller->outcome, envelope, withdraw_funds,
                   .account_id = id.text, .amount = amount);
}

static void forgive(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, forgive_debt,
                   .account_id = id.text);
}

static void close_account(struct teller *teller, const struct jangle_envelope *envelope)
{
    int64_t choice = teller->accounts >= EVERY ? teller->accounts / EVERY : 1;
    struct account_id id = name_account(EVERY * (1 + draw(teller, choice)));

    jangle_send_in(teller->bank, &teller->outcome, envelope, delete_account,
                   .account_id = id.text);
}

/* ---- what must be refused ---------------------------------------------------- */

static void withdraw_a_million(struct teller *teller,
                               const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, withdraw_funds,
                   .account_id = id.text, .amount = HUGE_AMOUNT);
}

static void deposit_elsewhere(struct teller *teller,
                              const struct jangle_envelope *envelope)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, deposit_funds,
                   .account_id = "999999", .amount = 1 + draw(teller, USUAL_AMOUNT));
}

static void forgive_nobody(struct teller *teller, const struct jangle_envelope *envelope)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, forgive_debt,
                   .account_id = "000000");
}

static void deposit_nothing(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, deposit_funds,
                   .account_id = id.text, .amount = 0);
}

static void open_without_a_name(struct teller *teller,
                                const struct jangle_envelope *envelope)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, create_account, .name = "");
}

/* ---- the table --------------------------------------------------------------- */

const struct errand errands[ERRAND_COUNT] = {
    [OPENING] = {"open an account", 3, true, JANGLE_REJECTED, open_account},
    {"deposit", 40, true, JANGLE_REJECTED, deposit},
    {"withdraw", 39, true, JANGLE_REJECTED, withdraw},
    {"forgive a debt", 6, true, JANGLE_REJECTED, forgive},
    {"delete an account", 2, true, JANGLE_REJECTED, close_account},
    {"withdraw a million", 2, false, JANGLE_REJECTED, withdraw_a_million},
    {"deposit elsewhere", 2, false, JANGLE_REJECTED, deposit_elsewhere},
    {"forgive nobody", 2, false, JANGLE_REJECTED, forgive_nobody},
    {"deposit nothing", 2, false, JANGLE_INVALID, deposit_nothing},
    {"open without a name", 2, false, JANGLE_INVALID, open_without_a_name},
};

int errand_draw(struct teller *teller)
{
    int64_t ticket = draw(teller, 100);
    int i = 0;

    while (ticket >= errands[i].weight)
        ticket -= errands[i++].weight;
    return i;
}

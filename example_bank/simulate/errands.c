/* errands.c - what customers of the simulation come for: a table of errands, each with
 * the command that it sends. */
#include "simulate/errands.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    USUAL_AMOUNT = 20000,
    DOOMED_EVERY = 20 /* only each 20th account is ever deleted: some must stay */
};

uint64_t errand_mix(uint64_t fingerprint, uint64_t value)
{
    return (fingerprint ^ value) * 0x100000001B3u;
}

/* A random number below `limit`, by splitmix64. */
static int64_t draw_number(struct teller *teller, int64_t limit)
{
    uint64_t bits = teller->random += 0x9E3779B97F4A7C15u;
    int64_t drawn;

    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    drawn = (int64_t)((bits ^ (bits >> 31)) % (uint64_t)limit);
    teller->fingerprint = errand_mix(teller->fingerprint, (uint64_t)drawn);
    return drawn;
}

struct account_id {
    char text[24];
};

static const struct account_id nobody = {"999999"};

static struct account_id name_account(int64_t number)
{
    struct account_id id;

    snprintf(id.text, sizeof id.text, "%06" PRId64, number);
    return id;
}

static struct account_id draw_account(struct teller *teller)
{
    return name_account(1 + draw_number(teller, teller->accounts));
}

static struct account_id draw_another(struct teller *teller, const char *account_id)
{
    struct account_id id = draw_account(teller);

    if (strcmp(id.text, account_id) != 0)
        return id;
    return strcmp(account_id, "000001") == 0 ? nobody : name_account(1);
}

/* One of the accounts that are deleted sooner or later. */
static struct account_id draw_doomed(struct teller *teller)
{
    int64_t choice =
        teller->accounts >= DOOMED_EVERY ? teller->accounts / DOOMED_EVERY : 1;

    return name_account(DOOMED_EVERY * (1 + draw_number(teller, choice)));
}

/* ---- commands that the state of the account decides -------------------------- */

static void errand_open_account(struct teller *teller,
                                const struct jangle_envelope *envelope)
{
    static const char *const names[] = {"Natalie", "Ursula",    "Benjamin", "Chiara",
                                        "Dmitri",  "Guadalupe", "Søren",    "Yoshiko"};
    const char *name = names[draw_number(teller, sizeof names / sizeof names[0])];
    int64_t deposit = draw_number(teller, 5 * USUAL_AMOUNT);

    jangle_send_in(teller->bank, &teller->outcome, envelope, create_account, .name = name,
                   .initial_deposit = {deposit > USUAL_AMOUNT, deposit});
}

static void errand_deposit(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);
    int64_t amount = 1 + draw_number(teller, USUAL_AMOUNT);

    jangle_send_in(teller->bank, &teller->outcome, envelope, deposit_funds,
                   .account_id = id.text, .amount = amount);
}

static void errand_withdraw(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);
    int64_t amount = 1 + draw_number(teller, USUAL_AMOUNT);

    jangle_send_in(teller->bank, &teller->outcome, envelope, withdraw_funds,
                   .account_id = id.text, .amount = amount);
}

static void errand_forgive(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, forgive_debt,
                   .account_id = id.text);
}

static void errand_close_account(struct teller *teller,
                                 const struct jangle_envelope *envelope)
{
    struct account_id id = draw_doomed(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, delete_account,
                   .account_id = id.text);
}

/* ---- from one account to another --------------------------------------------- */

static void send_to(struct teller *teller,
                    const struct jangle_envelope *envelope,
                    const struct account_id *from,
                    const struct account_id *to)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, transfer_funds,
                   .account_id = from->text, .to_id = to->text,
                   .amount = 1 + draw_number(teller, USUAL_AMOUNT));
}

static void errand_transfer(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id from = draw_account(teller);
    struct account_id to = draw_another(teller, from.text);

    send_to(teller, envelope, &from, &to);
}

static void errand_transfer_elsewhere(struct teller *teller,
                                      const struct jangle_envelope *envelope)
{
    struct account_id from = draw_account(teller);

    send_to(teller, envelope, &from, &nobody);
}

static void errand_transfer_to_the_doomed(struct teller *teller,
                                          const struct jangle_envelope *envelope)
{
    struct account_id to = draw_doomed(teller);
    struct account_id from = draw_another(teller, to.text);

    send_to(teller, envelope, &from, &to);
}

static void errand_transfer_to_itself(struct teller *teller,
                                      const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    send_to(teller, envelope, &id, &id);
}

/* The id of the command is the id of the transaction. */
static void ask_for_money(struct teller *teller,
                          const struct jangle_envelope *envelope,
                          const struct account_id *to,
                          const struct account_id *from)
{
    struct asked *asked = &teller->asked[teller->asked_count++ % ASKED_COUNT];

    if (teller->answered_count + ASKED_COUNT < teller->asked_count)
        teller->answered_count = teller->asked_count - ASKED_COUNT;
    snprintf(asked->transaction_id, sizeof asked->transaction_id, "%s",
             envelope->command_id);
    snprintf(asked->account_id, sizeof asked->account_id, "%.7s", from->text);
    jangle_send_in(teller->bank, &teller->outcome, envelope, request_funds,
                   .account_id = to->text, .from_id = from->text,
                   .amount = 1 + draw_number(teller, USUAL_AMOUNT));
}

static void errand_request(struct teller *teller, const struct jangle_envelope *envelope)
{
    struct account_id to = draw_account(teller);
    struct account_id from = draw_another(teller, to.text);

    ask_for_money(teller, envelope, &to, &from);
}

static void errand_request_elsewhere(struct teller *teller,
                                     const struct jangle_envelope *envelope)
{
    struct account_id to = draw_account(teller);

    ask_for_money(teller, envelope, &to, &nobody);
}

/* The oldest request that was not answered here, or one that nobody made. */
static const struct asked *take_asked(struct teller *teller)
{
    static const struct asked unknown = {"nobody asked", "000001"};

    return teller->answered_count == teller->asked_count
               ? &unknown
               : &teller->asked[teller->answered_count++ % ASKED_COUNT];
}

static void errand_accept(struct teller *teller, const struct jangle_envelope *envelope)
{
    const struct asked *asked = take_asked(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, accept_request,
                   .account_id = asked->account_id,
                   .transaction_id = asked->transaction_id);
}

static void errand_reject(struct teller *teller, const struct jangle_envelope *envelope)
{
    const struct asked *asked = take_asked(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, reject_request,
                   .account_id = asked->account_id,
                   .transaction_id = asked->transaction_id);
}

/* Answer the request that was answered last again, in the same way or the other way. */
static void errand_answer_again(struct teller *teller,
                                const struct jangle_envelope *envelope)
{
    if (teller->answered_count > 0 &&
        teller->asked_count - teller->answered_count < ASKED_COUNT)
        teller->answered_count--;
    if (draw_number(teller, 2))
        errand_accept(teller, envelope);
    else
        errand_reject(teller, envelope);
}

/* ---- what must be refused ---------------------------------------------------- */

static void errand_withdraw_a_million(struct teller *teller,
                                      const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, withdraw_funds,
                   .account_id = id.text, .amount = MAX_AMOUNT);
}

static void errand_deposit_elsewhere(struct teller *teller,
                                     const struct jangle_envelope *envelope)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, deposit_funds,
                   .account_id = nobody.text,
                   .amount = 1 + draw_number(teller, USUAL_AMOUNT));
}

static void errand_forgive_nobody(struct teller *teller,
                                  const struct jangle_envelope *envelope)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, forgive_debt,
                   .account_id = "000000");
}

static void errand_accept_what_nobody_asked(struct teller *teller,
                                            const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, accept_request,
                   .account_id = id.text, .transaction_id = "nobody asked");
}

static void errand_deposit_nothing(struct teller *teller,
                                   const struct jangle_envelope *envelope)
{
    struct account_id id = draw_account(teller);

    jangle_send_in(teller->bank, &teller->outcome, envelope, deposit_funds,
                   .account_id = id.text, .amount = 0);
}

static void errand_open_without_a_name(struct teller *teller,
                                       const struct jangle_envelope *envelope)
{
    jangle_send_in(teller->bank, &teller->outcome, envelope, create_account, .name = "");
}

/* ---- the table --------------------------------------------------------------- */

const struct errand errands[ERRAND_COUNT] = {
    [OPENING] = {"open an account", 3, true, JANGLE_REJECTED, errand_open_account},
    {"deposit", 28, true, JANGLE_REJECTED, errand_deposit},
    {"withdraw", 22, true, JANGLE_REJECTED, errand_withdraw},
    {"forgive a debt", 4, true, JANGLE_REJECTED, errand_forgive},
    {"delete an account", 2, true, JANGLE_REJECTED, errand_close_account},
    {"transfer", 12, true, JANGLE_REJECTED, errand_transfer},
    {"transfer elsewhere", 2, true, JANGLE_REJECTED, errand_transfer_elsewhere},
    {"transfer to the doomed", 2, true, JANGLE_REJECTED, errand_transfer_to_the_doomed},
    {"request", 7, true, JANGLE_REJECTED, errand_request},
    {"request elsewhere", 1, true, JANGLE_REJECTED, errand_request_elsewhere},
    {"accept a request", 4, true, JANGLE_REJECTED, errand_accept},
    {"reject a request", 2, true, JANGLE_REJECTED, errand_reject},
    {"answer again", 2, true, JANGLE_REJECTED, errand_answer_again},
    {"accept what nobody asked", 1, false, JANGLE_REJECTED,
     errand_accept_what_nobody_asked},
    {"withdraw a million", 1, false, JANGLE_REJECTED, errand_withdraw_a_million},
    {"deposit elsewhere", 2, false, JANGLE_REJECTED, errand_deposit_elsewhere},
    {"forgive nobody", 1, false, JANGLE_REJECTED, errand_forgive_nobody},
    {"deposit nothing", 2, false, JANGLE_INVALID, errand_deposit_nothing},
    {"open without a name", 1, false, JANGLE_INVALID, errand_open_without_a_name},
    {"transfer to itself", 1, false, JANGLE_INVALID, errand_transfer_to_itself},
};

int errand_draw(struct teller *teller)
{
    int64_t ticket = draw_number(teller, 100);
    int i = 0;

    while (ticket >= errands[i].weight)
        ticket -= errands[i++].weight;
    return i;
}

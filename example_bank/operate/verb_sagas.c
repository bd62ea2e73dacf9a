/* verb_sagas.c - the verbs of sagas: what an operator does with transfers and requests
 * that do not end. */
#include "operate/verb_sagas.h"
#include "app/bank.h"
#include "cli/complaint.h"
#include "cli/show.h"

#include <inttypes.h>

enum { SETTLE_MS = 60 * 1000 };

/* ---- all of them ------------------------------------------------------------- */

static enum jangle_result print_line(void *context, const struct jangle_saga_info *info)
{
    int64_t *count = context;

    printf("  %-9s %s  %s", info->saga, info->id,
           info->status == JANGLE_SAGA_PARKED ? "PARKED"
           : info->turn_at.us                 ? "at work"
                                              : "waits");
    if (info->status != JANGLE_SAGA_PARKED && info->timeout_at.us)
        printf(" until %s", SHOW_TIME(info->timeout_at));
    printf("%s%s\n", info->reason ? ": " : "", info->reason ? info->reason : "");
    ++*count;
    return JANGLE_OK;
}

static int verb_sagas(const struct options *options)
{
    static const enum jangle_saga_status statuses[] = {JANGLE_SAGA_PARKED,
                                                       JANGLE_SAGA_OPEN};
    struct jangle *bank = bank_open(options->db, 0);
    struct jangle_error error = {0};
    int64_t count = 0;

    if (!bank)
        return 1;
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < bank_sagas.count && !error.result; j++)
            jangle_saga_visit(bank, bank_sagas.items[j]->name, statuses[i], print_line,
                              &count, &error);
    bank_close(bank);
    if (error.result)
        return bank_complain("%s", error.message);
    if (count == 0)
        printf("No transfer and no request is open.\n");
    else
        printf("\n%" PRId64 " %s not over; `bank sagas show --id ID` says more.\n", count,
               count == 1 ? "is" : "are");
    return 0;
}

/* ---- one of them ------------------------------------------------------------- */

static void print_step(const struct jangle_saga_info *info, size_t i)
{
    const struct jangle_saga_step *step = &info->steps[i];
    bool open = i + (size_t)info->turn_step_count >= info->step_count;

    printf("  %3zu. %-26s %s", i + 1, step->type, jangle_result_name(step->result));
    if (step->position)
        printf(" at %" PRId64, step->position);
    if (step->reply && *step->reply)
        printf(": %s", step->reply);
    printf("%s\n", open ? "  (of the waiting turn)" : "");
}

static void print_turn(const struct jangle_saga_info *info)
{
    if (info->turn_position)
        printf("a turn for the event at %" PRId64, info->turn_position);
    else
        printf("a turn for its timeout");
    printf(" waits since %s, tried %d times\n", SHOW_TIME(info->turn_at), info->attempts);
}

struct order {
    const struct options *options;
    bool waits; /* the saga is parked, or its turn waits for the next attempt */
};

static enum jangle_result print_saga(void *context, const struct jangle_saga_info *info)
{
    struct order *order = context;

    printf("%s %s: %s\n", info->saga, info->id, jangle_saga_status_text(info->status));
    printf("state: %s\n", info->state);
    if (info->turn_at.us)
        print_turn(info);
    if (info->timeout_at.us)
        printf("its time is up at %s\n", SHOW_TIME(info->timeout_at));
    if (info->reason)
        printf("reason: %s\n", info->reason);
    printf("steps: %zu\n", info->step_count);
    for (size_t i = 0; i < info->step_count; i++)
        print_step(info, i);
    order->waits = info->status == JANGLE_SAGA_PARKED || info->turn_at.us;
    return JANGLE_OK;
}

typedef enum jangle_result treat_saga_fn(struct jangle *bank,
                                         const char *saga,
                                         struct order *order,
                                         struct jangle_error *error);

/* No two payments have the same id, so the name of the saga need not be typed. */
static enum jangle_result treat_any_saga(struct jangle *bank,
                                         treat_saga_fn *treatment,
                                         struct order *order,
                                         struct jangle_error *error)
{
    enum jangle_result result = JANGLE_NOT_FOUND;

    for (size_t i = 0; i < bank_sagas.count && result == JANGLE_NOT_FOUND; i++)
        result = treatment(bank, bank_sagas.items[i]->name, order, error);
    if (result == JANGLE_NOT_FOUND) {
        *error = (struct jangle_error){0};
        jangle_error_set(error, result, "no transfer and no request has the id %s",
                         order->options->id);
    }
    return result;
}

static enum jangle_result show_saga(struct jangle *bank,
                                    const char *saga,
                                    struct order *order,
                                    struct jangle_error *error)
{
    return jangle_saga_show(bank, saga, order->options->id, print_saga, order, error);
}

static int verb_sagas_show(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);
    struct order order = {.options = options};
    struct jangle_error error = {0};
    int status = 0;

    if (!bank)
        return 1;
    if (treat_any_saga(bank, show_saga, &order, &error))
        status = bank_complain("%s", error.message);
    bank_close(bank);
    return status;
}

/* ---- treatments -------------------------------------------------------------- */

/* Let the saga go on here, and print how far it has come. Returns the exit status. */
static int look_at_saga(struct jangle *bank, struct order *order)
{
    struct jangle_error error = {0};

    jangle_drain(bank, SETTLE_MS, NULL, NULL);
    if (treat_any_saga(bank, show_saga, order, &error))
        return bank_complain("%s", error.message);
    return order->waits ? bank_complain("its turn still waits") : 0;
}

static int treat_saga(const struct options *options, treat_saga_fn *treatment)
{
    struct jangle *bank = bank_open(options->db, 0);
    struct order order = {.options = options};
    struct jangle_error error = {0};
    int status;

    if (!bank)
        return 1;
    if (treat_any_saga(bank, treatment, &order, &error))
        status = bank_complain("%s", error.message);
    else
        status = look_at_saga(bank, &order);
    bank_close(bank);
    return status;
}

static enum jangle_result retry_saga(struct jangle *bank,
                                     const char *saga,
                                     struct order *order,
                                     struct jangle_error *error)
{
    return jangle_saga_retry(bank, saga, order->options->id, error);
}

static enum jangle_result resume_saga(struct jangle *bank,
                                      const char *saga,
                                      struct order *order,
                                      struct jangle_error *error)
{
    return jangle_saga_resume(bank, saga, order->options->id, (int)order->options->after,
                              error);
}

static enum jangle_result finish_saga(struct jangle *bank,
                                      const char *saga,
                                      struct order *order,
                                      struct jangle_error *error)
{
    return jangle_saga_finish(bank, saga, order->options->id, order->options->reason,
                              error);
}

static int verb_sagas_retry(const struct options *options)
{
    return treat_saga(options, retry_saga);
}

static int verb_sagas_resume(const struct options *options)
{
    return treat_saga(options, resume_saga);
}

static int verb_sagas_finish(const struct options *options)
{
    return treat_saga(options, finish_saga);
}

static const struct verb verbs[] = {
    {"sagas", "list transfers and requests that are not over", verb_sagas, 0, 0},
    {"sagas show", "show one saga, with the commands that it has sent", verb_sagas_show,
     OPTION_ID, 0},
    {"sagas retry", "try the waiting turn of a saga again, now", verb_sagas_retry,
     OPTION_ID, 0},
    {"sagas resume", "try it again; the first --after steps of the turn stand",
     verb_sagas_resume, OPTION_ID | OPTION_AFTER, 0},
    {"sagas finish", "declare a saga over; nothing is given back", verb_sagas_finish,
     OPTION_ID | OPTION_REASON, 0},
};

const struct verb_table saga_verbs = JANGLE_ARRAY(verbs);

/* verb_dead.c - the verbs of dead letters: events that a view or a saga gave up on. */
#include "operate/verb_dead.h"
#include "app/bank.h"
#include "cli/complaint.h"

#include <inttypes.h>

enum { SETTLE_MS = 60 * 1000 };

static enum jangle_result print_letter(void *context,
                                       const struct jangle_dead_letter *letter)
{
    int64_t *count = context;

    printf("%s at %" PRId64 ": %s of %s, tried %d times\n", letter->subscriber,
           letter->position, letter->type, letter->stream, letter->attempts);
    printf("  %s\n  %s\n", letter->reason, letter->payload);
    if (letter->held_count)
        printf("  %" PRId64 " events wait behind it\n", letter->held_count);
    ++*count;
    return JANGLE_OK;
}

static int verb_dead(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);
    struct jangle_error error = {0};
    int64_t count = 0;
    int status = 0;

    if (!bank)
        return 1;
    if (jangle_dead_letter_visit(bank, NULL, print_letter, &count, &error))
        status = bank_complain("%s", error.message);
    else if (count == 0)
        printf("There are no dead letters.\n");
    else
        printf(
            "\n`bank dead retry` delivers one of them again, `bank dead skip` skips"
            " it.\n");
    bank_close(bank);
    return status;
}

typedef enum jangle_result treat_letter_fn(struct jangle *bank,
                                           const char *subscriber,
                                           int64_t position,
                                           struct jangle_error *error);

static enum jangle_result compare_position(void *context,
                                           const struct jangle_dead_letter *letter)
{
    const struct options *options = context;

    if (letter->position != options->position)
        return JANGLE_OK;
    bank_complain("it is a dead letter again: %s", letter->reason);
    return JANGLE_PARKED;
}

/* Let the event be handled here, and see whether it is a dead letter again. Returns the
 * exit status. */
static int look_at_letter(struct jangle *bank, const struct options *options)
{
    struct options wanted = *options;

    jangle_drain(bank, SETTLE_MS, NULL, NULL);
    if (jangle_dead_letter_visit(bank, options->subscriber, compare_position, &wanted,
                                 NULL))
        return 1;
    printf("done\n");
    return 0;
}

static int treat_letter(const struct options *options, treat_letter_fn *treatment)
{
    struct jangle *bank = bank_open(options->db, 0);
    struct jangle_error error = {0};
    int status;

    if (!bank)
        return 1;
    if (treatment(bank, options->subscriber, options->position, &error))
        status = bank_complain("%s", error.message);
    else
        status = look_at_letter(bank, options);
    bank_close(bank);
    return status;
}

static int verb_dead_retry(const struct options *options)
{
    return treat_letter(options, jangle_dead_letter_retry);
}

static int verb_dead_skip(const struct options *options)
{
    return treat_letter(options, jangle_dead_letter_skip);
}

static const struct verb verbs[] = {
    {"dead", "list the dead letters: events that a view or a saga gave up on", verb_dead,
     0, 0},
    {"dead retry", "deliver a dead letter again", verb_dead_retry,
     OPTION_SUBSCRIBER | OPTION_POSITION, 0},
    {"dead skip", "skip a dead letter for good", verb_dead_skip,
     OPTION_SUBSCRIBER | OPTION_POSITION, 0},
};

const struct verb_table dead_verbs = JANGLE_ARRAY(verbs);

/* story.c - prints each step of the demo, and compares answer and expectation. */
#include "demo/story.h"
#include "app/catch_up.h"
#include "cli/money.h"
#include "views/views.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void story_ask(struct story *story, const char *format, ...)
{
    va_list values;

    printf("%3d. ", ++story->steps);
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    printf(".\n");
}

static void compare_answer(struct story *story, bool same)
{
    if (same)
        return;
    printf("     THAT WAS NOT EXPECTED\n");
    story->surprises++;
}

/* ---- an answer --------------------------------------------------------------- */

static void print_answer(const struct jangle_outcome *outcome)
{
    enum jangle_result result = outcome->error.result;

    printf("     came      %s", jangle_result_name(result));
    if (result)
        printf(": %s", outcome->error.message);
    else if (outcome->repeated)
        printf(": done already, it is stored at position %" PRId64, outcome->position);
    else if (outcome->position == 0)
        printf(": there was nothing to do");
    else if (*outcome->reply)
        printf(": it is account %s", outcome->reply);
    else
        printf(": stored at position %" PRId64, outcome->position);
    printf("\n");
}

void story_hear(struct story *story, enum jangle_result expected)
{
    printf("     expected  %s\n", jangle_result_name(expected));
    print_answer(&story->outcome);
    compare_answer(story, story->outcome.error.result == expected);
}

/* ---- what the command led to ------------------------------------------------- */

/* NULL: there is no such payment. */
static const struct payment_line *find_line(const struct payment_lines *payments,
                                            const char *transaction_id)
{
    for (size_t i = 0; i < payments->count; i++)
        if (strcmp(payments->items[i].transaction_id, transaction_id) == 0)
            return &payments->items[i];
    return NULL;
}

static void hear_state(struct story *story, const struct story_end *expected)
{
    struct jangle_answer answer = {0};
    const struct account_payments *payments;
    const struct payment_line *line;

    if (jangle_ask(story->bank, &answer, get_payments,
                   .account_id = expected->account_id)) {
        printf("               no payments: %s\n", answer.error.message);
        compare_answer(story, false);
    } else {
        payments = answer.data;
        line = find_line(&payments->transfers, expected->transaction_id);
        if (!line)
            line = find_line(&payments->requests, expected->transaction_id);
        printf("               %s%s%s\n", line ? line->state : "no such payment",
               line && *line->reason ? ": " : "", line ? line->reason : "");
        compare_answer(story, line && strcmp(line->state, expected->state) == 0);
    }
    jangle_answer_free(&answer);
}

static void hear_balance(struct story *story, const struct story_end *expected)
{
    struct jangle_answer answer = {0};

    if (jangle_ask(story->bank, &answer, get_account,
                   .account_id = expected->account_id)) {
        printf("               %s\n", answer.error.message);
        compare_answer(story, false);
    } else {
        const struct account_summary *summary = answer.data;

        printf("               %s has %s\n", summary->account_id,
               MONEY(summary->balance));
        compare_answer(story, summary->balance == expected->balance);
    }
    jangle_answer_free(&answer);
}

void story_follow(struct story *story, const struct story_end *expected)
{
    printf("     expected  %s; %s; %s has %s\n", jangle_result_name(expected->result),
           expected->state, expected->account_id, MONEY(expected->balance));
    print_answer(&story->outcome);
    compare_answer(story, story->outcome.error.result == expected->result);
    if (!bank_catch_up(story->bank))
        compare_answer(story, false);
    hear_state(story, expected);
    hear_balance(story, expected);
}

/* verb_status.c - the verb status: what is wrong, worst first, and what to type next. */
#include "admin/verb_status.h"
#include "admin/call.h"
#include "admin/safe.h"
#include "admin/state_name.h"

#include <jangle/look.h>

#include <stdlib.h>
#include <string.h>

enum { LATE_MS = 10000 }; /* a subscriber that is further behind is told of */

/* What may be wrong, worst first. FINE is last, and nothing is wrong then. */
enum concern_kind {
    CONCERN_FAULT,
    CONCERN_DOUBT,
    CONCERN_DEAD,
    CONCERN_STALE,
    CONCERN_PARKED,
    CONCERN_OUTAGE,
    CONCERN_FULL,
    CONCERN_TOO_NEW,
    CONCERN_PAUSED,
    CONCERN_INCOMPLETE,
    CONCERN_BEHIND,
    CONCERN_FINE
};

static const char *const names[] = {
    [CONCERN_FAULT] = "FAULT",   [CONCERN_DOUBT] = "DOUBT",
    [CONCERN_DEAD] = "DEAD",     [CONCERN_STALE] = "STALE",
    [CONCERN_PARKED] = "PARKED", [CONCERN_OUTAGE] = "OUTAGE",
    [CONCERN_FULL] = "FULL",     [CONCERN_TOO_NEW] = "TOO_NEW",
    [CONCERN_PAUSED] = "PAUSED", [CONCERN_INCOMPLETE] = "INCOMPLETE",
    [CONCERN_BEHIND] = "BEHIND", [CONCERN_FINE] = "ok",
};

static const struct jangle_table_columns columns = JANGLE_TABLE_COLUMNS(
    {.name = "concern"}, {.name = "subscriber"}, {.name = "text"}, {.name = "next"});

struct concern {
    enum concern_kind kind;
    size_t number;    /* in the order in which they were found */
    char *subscriber; /* NULL: the store */
    char *text;
    char *next; /* what to type; NULL: nothing */
};

struct report {
    struct jangle_verb_call *call;
    struct concern *concerns;
    size_t count;
    bool failed; /* memory ran out */
};

/* ---- gathering -------------------------------------------------------------------- */

static char *copy_of(struct report *report, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        report->failed = true;
    return copy;
}

static void add(struct report *report,
                enum concern_kind kind,
                const char *subscriber,
                const char *text,
                const char *next)
{
    struct concern *concerns =
        realloc(report->concerns, (report->count + 1) * sizeof *concerns);

    if (!concerns) {
        report->failed = true;
        return;
    }
    report->concerns = concerns;
    concerns[report->count] = (struct concern){.kind = kind,
                                               .number = report->count,
                                               .subscriber = copy_of(report, subscriber),
                                               .text = copy_of(report, text),
                                               .next = copy_of(report, next)};
    report->count++;
}

/* A word as a shell takes it for one word, and for nothing else. */
static void put_word(struct jn_bytes *out, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "0123456789_./-";

    if (*word && !word[strspn(word, plain)]) {
        jn_bytes_text(out, word);
        return;
    }
    jn_bytes_text(out, "'");
    for (; *word; word++)
        if (*word == '\'')
            jn_bytes_text(out, "'\\''");
        else
            jn_bytes_put(out, word, 1);
    jn_bytes_text(out, "'");
}

/* What the program reads if no store is typed. */
static const char *usual_location(const struct jangle_verb_call *call)
{
    const char *of_environment = getenv("JANGLE_STORE");

    return of_environment && *of_environment ? of_environment : call->admin->location;
}

/* The file is left out if a program of its own reads it anyway. */
static void put_file(struct jn_bytes *out, const struct jangle_verb_call *call)
{
    const char *own = call->admin->location;

    if (own && !strcmp(usual_location(call), call->location) &&
        !strcmp(own, call->location))
        return;
    if (*call->location == '-')
        jn_bytes_text(out, " --store=");
    else
        jn_bytes_text(out, own ? " --store " : " ");
    put_word(out, call->location);
}

/* `jangle VERB FILE NAME OPTION` */
static const char *command(struct report *report,
                           struct jn_bytes *out,
                           const char *verb,
                           const char *name,
                           const char *option)
{
    jn_bytes_format(out, "%s %s", report->call->admin->name, verb);
    put_file(out, report->call);
    if (name) {
        jn_bytes_text(out, " ");
        put_word(out, name);
    }
    jn_bytes_text(out, option);
    return jn_bytes_string(out);
}

static void add_count(struct report *report,
                      enum concern_kind kind,
                      const char *subscriber,
                      int64_t count,
                      const char *what,
                      const char *next)
{
    struct jn_bytes text = {0};

    jn_bytes_thousands(&text, count);
    jn_bytes_format(&text, " %s%s", what, count == 1 ? "" : "s");
    add(report, kind, subscriber, jn_bytes_string(&text), next);
    jn_bytes_free(&text);
}

static enum concern_kind kind_of(enum jangle_subscriber_state state)
{
    switch (state) {
    case JANGLE_SUBSCRIBER_PAUSED:
        return CONCERN_PAUSED;
    case JANGLE_SUBSCRIBER_STALE:
        return CONCERN_STALE;
    case JANGLE_SUBSCRIBER_OUTAGE:
        return CONCERN_OUTAGE;
    case JANGLE_SUBSCRIBER_FULL:
        return CONCERN_FULL;
    case JANGLE_SUBSCRIBER_TOO_NEW:
        return CONCERN_TOO_NEW;
    default:
        return CONCERN_FINE;
    }
}

/* "an operator has paused it since 2026-11-28 21:59:07, ann: for the night" */
static void add_state(struct report *report, const struct jangle_subscriber_facts *facts)
{
    struct jn_bytes text = {0};

    jn_bytes_text(&text, jangle_subscriber_state_text(facts->state));
    if (facts->paused_by && *facts->paused_by)
        jn_bytes_format(&text, ", %s", facts->paused_by);
    if (facts->reason && *facts->reason)
        jn_bytes_format(&text, ": %s", facts->reason);
    add(report, kind_of(facts->state), facts->name, jn_bytes_string(&text), NULL);
    jn_bytes_free(&text);
}

static void add_lag(struct report *report, const struct jangle_subscriber_facts *facts)
{
    struct jn_bytes text = {0};

    jn_bytes_thousands(&text, facts->lag);
    jn_bytes_text(&text, facts->lag == 1 ? " event, " : " events, ");
    jn_state_put_age(&text, facts->lag_ms);
    add(report, CONCERN_BEHIND, facts->name, jn_bytes_string(&text), NULL);
    jn_bytes_free(&text);
}

static enum jangle_result judge(void *context,
                                const struct jangle_subscriber_facts *facts)
{
    struct report *report = context;
    size_t before = report->count;
    struct jn_bytes dead = {0};
    struct jn_bytes sagas = {0};

    if (facts->fault)
        add(report, CONCERN_FAULT, facts->name, facts->fault, NULL);
    if (facts->dead)
        add_count(report, CONCERN_DEAD, facts->name, facts->dead, "dead letter",
                  command(report, &dead, "dead", facts->name, " --by-reason"));
    if (facts->parked_sagas)
        add_count(report, CONCERN_PARKED, facts->name, facts->parked_sagas, "parked saga",
                  command(report, &sagas, "sagas", facts->name, ""));
    if (kind_of(facts->state) != CONCERN_FINE)
        add_state(report, facts);
    if (facts->incomplete)
        add(report, CONCERN_INCOMPLETE, facts->name,
            "a dead letter was skipped in this view, and no replay came since", NULL);
    if (facts->lag_ms >= LATE_MS)
        add_lag(report, facts);
    if (report->count == before)
        add(report, CONCERN_FINE, facts->name, "", NULL);
    jn_bytes_free(&dead);
    jn_bytes_free(&sagas);
    return report->failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

static void judge_store(struct report *report, const struct jangle_store_facts *facts)
{
    struct jn_bytes next = {0};

    if (facts->fault)
        add(report, CONCERN_FAULT, NULL, facts->fault,
            command(report, &next, "verify", NULL, ""));
    if (facts->in_doubt)
        add(report, CONCERN_DOUBT, NULL,
            "a process died while it wrote: what is last here may not last", NULL);
    jn_bytes_free(&next);
}

/* ---- printing --------------------------------------------------------------------- */

static void put_megabytes(struct jn_bytes *out, int64_t bytes)
{
    jn_bytes_thousands(out, bytes / 1000000);
    jn_bytes_format(out, ".%d MB", (int)(bytes / 100000 % 10));
}

/* A line that is harmless, and cut where the terminal ends, unless it is to be whole. */
static void
put_line(struct jangle_verb_call *call, const struct jn_bytes *line, bool whole)
{
    struct jn_bytes safe = {0};
    size_t size;

    jn_safe_put(&safe, line->text, line->size);
    size = safe.size;
    if (call->screen.width && !call->full && !whole)
        size = jn_safe_fit(safe.text, safe.size, call->screen.width);
    jn_bytes_put(&call->screen.held, safe.text, size);
    jn_bytes_text(&call->screen.held, "\n");
    jn_bytes_free(&safe);
}

static void put_store(struct jangle_verb_call *call,
                      const struct jangle_store_facts *facts)
{
    struct jn_bytes line = {0};

    jn_bytes_format(&line, "%s  ", facts->location);
    jn_bytes_thousands(&line, facts->position);
    jn_bytes_text(&line, facts->position == 1 ? " event, " : " events, ");
    put_megabytes(&line, facts->store_bytes);
    jn_bytes_text(&line, ", log ");
    put_megabytes(&line, facts->log_bytes);
    if (!facts->sessions)
        jn_bytes_text(&line, "; nobody has it open to write");
    else
        jn_bytes_format(&line, "; %lld %s it open to write", (long long)facts->sessions,
                        facts->sessions == 1 ? "process has" : "processes have");
    put_line(call, &line, false);
    jn_bytes_clear(&line);
    put_line(call, &line, false);
    jn_bytes_free(&line);
}

static void put_concern(struct jangle_verb_call *call, const struct concern *concern)
{
    struct jn_bytes line = {0};

    jn_bytes_format(&line, " %-11s%s%s%s", names[concern->kind],
                    concern->subscriber ? concern->subscriber : "the store",
                    *concern->text ? "  " : "", concern->text);
    put_line(call, &line, false);
    jn_bytes_clear(&line);
    jn_bytes_format(&line, "            > %s", concern->next ? concern->next : "");
    if (concern->next)
        put_line(call, &line, true); /* half a command would be another one */
    jn_bytes_free(&line);
}

static void print(struct report *report)
{
    struct jangle_verb_call *call = report->call;

    if (call->json)
        jangle_verb_table(call, &columns);
    for (size_t i = 0; i < report->count; i++) {
        const struct concern *concern = &report->concerns[i];
        const struct jangle_table_cell cells[] = {{.text = names[concern->kind]},
                                                  {.text = concern->subscriber},
                                                  {.text = concern->text},
                                                  {.text = concern->next}};

        if (call->json)
            (void)jangle_verb_row(call, cells);
        else
            put_concern(call, concern);
    }
}

static int compare(const void *a, const void *b)
{
    const struct concern *first = a;
    const struct concern *second = b;

    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    return first->number < second->number ? -1 : first->number > second->number;
}

static enum jangle_exit tell(struct report *report,
                             const struct jangle_store_facts *facts)
{
    int64_t wrong = 0;

    if (report->count)
        qsort(report->concerns, report->count, sizeof *report->concerns, compare);
    for (size_t i = 0; i < report->count; i++)
        wrong += report->concerns[i].kind != CONCERN_FINE;
    if (!report->call->json)
        put_store(report->call, facts);
    print(report);
    if (wrong)
        jn_verb_count(report->call, wrong, "thing wants a look", "things want a look");
    return wrong ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}

static enum jangle_exit run(struct report *report)
{
    struct jangle_look *look = jangle_verb_look(report->call);
    struct jangle_store_facts facts;
    struct jangle_error error = {0};
    enum jangle_result result;

    if (!look)
        return jangle_verb_failed(report->call);
    result = jangle_look_subscribers(look, judge, report, &error);
    if (!result)
        result = jangle_look_store(look, &facts, &error);
    if (result == JANGLE_NO_MEMORY)
        (void)jangle_error_set(&error, result, "there is no memory for the report");
    if (result)
        return jangle_verb_complain(report->call, &error);
    judge_store(report, &facts);
    return tell(report, &facts);
}

enum jangle_exit jn_run_status(struct jangle_verb_call *call)
{
    struct report report = {.call = call};
    enum jangle_exit status = run(&report);

    for (size_t i = 0; i < report.count; i++) {
        free(report.concerns[i].subscriber);
        free(report.concerns[i].text);
        free(report.concerns[i].next);
    }
    free(report.concerns);
    return status;
}

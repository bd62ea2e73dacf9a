/* call.c - one verb while it runs: what was typed, what is open, and what it says. */
#include "admin/call.h"
#include "admin/safe.h"

#include <jangle/look.h>

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const struct jangle_options jn_common_options = JANGLE_OPTIONS(
    {"help", 'h', NULL, "print what the verb does and takes", NULL},
    {"store", 0, "FILE", "the store, in the place of the argument FILE", NULL},
    {"frozen", 0, NULL,
     "nobody writes to the store, and I answer for that: make no file beside it", NULL},
    {"json", 0, NULL, "print one JSON object a line", NULL},
    {"full", 0, NULL, "cut no long text", NULL},
    {"local", 0, NULL, "times are local, and not UTC", NULL},
    {"no-pager", 0, NULL, "do not start $PAGER if the output is longer than the screen",
     NULL});

size_t jn_common_count(const struct jangle_verb *verb)
{
    return verb->needs == JANGLE_NEEDS_NOTHING ? 1 : jn_common_options.count;
}

/* ---- what was typed --------------------------------------------------------------- */

static bool find(const struct jangle_options *options, const char *name, size_t *index)
{
    for (size_t i = 0; i < options->count; i++)
        if (!strcmp(options->items[i].name, name)) {
            *index += i;
            return true;
        }
    *index += options->count;
    return false;
}

const char *jangle_verb_option(const struct jangle_verb_call *call, const char *name)
{
    size_t index = 0;

    if (!find(&call->verb->options, name, &index) &&
        !find(&jn_common_options, name, &index))
        abort();
    return call->values[index];
}

const char *jangle_verb_argument(const struct jangle_verb_call *call, int index)
{
    return index >= 0 && index < call->argument_count ? call->arguments[index] : NULL;
}

const char *jangle_verb_location(const struct jangle_verb_call *call)
{
    return call->location ? call->location : "";
}

bool jangle_verb_stopped(const struct jangle_verb_call *call)
{
    (void)call;
    return jn_stop_came();
}

/* ---- what it says ----------------------------------------------------------------- */

void jangle_verb_say(const struct jangle_verb_call *call, const char *format, ...)
{
    struct jn_bytes sentence = {0};
    struct jn_bytes safe = {0};
    char text[2048];
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (size < 0)
        return;
    jn_safe_put(&safe, text, strlen(text));
    jn_bytes_format(&sentence, "%s: %s\n", call->admin->name, jn_bytes_string(&safe));
    fputs(jn_bytes_string(&sentence), stderr);
    jn_bytes_free(&safe);
    jn_bytes_free(&sentence);
}

static enum jangle_exit exit_of(enum jangle_result result)
{
    switch (result) {
    case JANGLE_OK:
        return JANGLE_EXIT_OK;
    case JANGLE_BUSY:
    case JANGLE_TIMEOUT:
        return JANGLE_EXIT_LATER;
    case JANGLE_CANCELLED:
        return JANGLE_EXIT_STOPPED;
    case JANGLE_REJECTED:
    case JANGLE_NOT_FOUND:
    case JANGLE_CONFLICT:
        return JANGLE_EXIT_FOUND;
    default:
        return JANGLE_EXIT_UNREAD;
    }
}

enum jangle_exit jangle_verb_complain(const struct jangle_verb_call *call,
                                      const struct jangle_error *error)
{
    if (error->result == JANGLE_CANCELLED)
        return JANGLE_EXIT_STOPPED;
    jangle_verb_say(call, "%s: %s", jangle_result_name(error->result), error->message);
    return exit_of(error->result);
}

/* ---- what is open ----------------------------------------------------------------- */

static void fail_to_open(struct jangle_verb_call *call, const struct jangle_error *error)
{
    call->failed = jangle_verb_complain(call, error);
    if (call->failed == JANGLE_EXIT_FOUND)
        call->failed = JANGLE_EXIT_UNREAD;
}

struct jangle_look *jangle_verb_look(struct jangle_verb_call *call)
{
    struct jangle_storage storage = jangle_sqlite(jangle_verb_location(call));
    struct jangle_look_options options = {.frozen = jangle_verb_option(call, "frozen")};
    struct jangle_error error = {0};

    if (call->look)
        return call->look;
    call->look = jangle_look_open(&storage, &options, &error);
    if (!call->look)
        fail_to_open(call, &error);
    return call->look;
}

static struct jangle *open_program(struct jangle_verb_call *call, bool follower)
{
    struct jangle_config config = {0};
    struct jangle_error error = {0};

    if (call->jangle)
        return call->jangle;
    assert(call->admin->config);
    if (!call->admin->config(&config, &error)) {
        config.storage = jangle_sqlite(jangle_verb_location(call));
        config.follower = follower;
        call->jangle = jangle_open(&config, &error);
    }
    if (!call->jangle)
        fail_to_open(call, &error);
    return call->jangle;
}

struct jangle *jangle_verb_open(struct jangle_verb_call *call)
{
    return open_program(call, false);
}

struct jangle *jangle_verb_follow(struct jangle_verb_call *call)
{
    return open_program(call, true);
}

enum jangle_exit jangle_verb_failed(const struct jangle_verb_call *call)
{
    return call->failed;
}

/* ---- visits ----------------------------------------------------------------------- */

enum jangle_result jn_verb_row(struct jangle_verb_call *call,
                               const struct jangle_table_cell *cells)
{
    bool full = jangle_verb_row(call, cells);

    if (jangle_verb_stopped(call) || (full && !jangle_verb_flush(call)))
        return JANGLE_CANCELLED;
    return JANGLE_OK;
}

enum jangle_exit jn_verb_visited(struct jangle_verb_call *call,
                                 enum jangle_result result,
                                 const struct jangle_error *error)
{
    enum jangle_exit status;

    (void)jangle_verb_flush(call);
    if (jangle_verb_stopped(call))
        return JANGLE_EXIT_STOPPED;
    if (!result || result == JANGLE_CANCELLED)
        return JANGLE_EXIT_OK;
    status = jangle_verb_complain(call, error);
    return result == JANGLE_INVALID ? JANGLE_EXIT_USAGE : status;
}

void jn_verb_count(const struct jangle_verb_call *call,
                   int64_t count,
                   const char *one,
                   const char *many)
{
    struct jn_bytes number = {0};

    jn_bytes_thousands(&number, count);
    jangle_verb_say(call, "%s %s", jn_bytes_string(&number), count == 1 ? one : many);
    jn_bytes_free(&number);
}

void jn_call_finish(struct jangle_verb_call *call)
{
    jangle_look_close(call->look);
    if (call->jangle)
        (void)jangle_close(call->jangle, -1); /* without end it cannot fail */
    jn_bytes_free(&call->table.cells);
    jn_bytes_free(&call->table.ends);
    jn_bytes_free(&call->table.widths);
}

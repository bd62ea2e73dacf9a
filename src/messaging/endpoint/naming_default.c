/* naming_default.c - the names of topics, routes and queues if the program has no naming
 * of its own. */
#include "messaging/endpoint/naming_default.h"

#include "base/error.h"

#include <jangle/plugin/support.h>

/* How one name is made: of a text, and what is put behind it. */
struct row {
    char *name;
    const char *what;
    const char *text;
    const char *end;
};

static enum jangle_result write_name(const struct row *row, struct jangle_error *error)
{
    size_t length = strlen(row->text), end_length = strlen(row->end);

    if (length + end_length >= JANGLE_NAME_SIZE)
        return jn_fail(error, JANGLE_INVALID,
                       "the %s \"%s%s\" has %zu bytes, and a name has %d at most: use a "
                       "shorter one",
                       row->what, JN_SHOWN(60, row->text), row->end, length + end_length,
                       JANGLE_NAME_SIZE - 1);
    memcpy(row->name, row->text, length);
    memcpy(row->name + length, row->end, end_length + 1);
    return JANGLE_OK;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* A publisher has a queue only if its table names one. */
static const char *queue_of(const struct jangle_named *named)
{
    return named->queue && *named->queue ? named->queue : or_empty(named->consumer);
}

enum jangle_result jn_naming_default(const struct jangle_naming *naming,
                                     const struct jangle_named *named,
                                     struct jangle_names *names,
                                     struct jangle_error *error)
{
    const char *queue = queue_of(named);
    const struct row rows[] = {
        {names->topic, "topic", or_empty(named->topic), ""},
        {names->route, "route", named->type, ""},
        {names->queue, "queue", queue, ""},
        {names->retry, "retry queue", queue, *queue ? ".retry" : ""},
        {names->dead, "dead-letter queue", queue, *queue ? ".dead" : ""},
    };
    enum jangle_result result = JANGLE_OK;

    (void)naming;
    for (size_t i = 0; !result && i < sizeof rows / sizeof *rows; i++)
        result = write_name(&rows[i], error);
    return result;
}

const struct jangle_naming jn_naming_by_default = {.name = jn_naming_default};

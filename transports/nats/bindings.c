/* bindings.c - what the server knows of a queue. Its bindings are messages of its stream,
 * one for each, because the description of a stream has no room for many. */
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/names.h"

/* ---- descriptions ---------------------------------------------------------------- */

bool jn_nats_described(const char *description,
                       const char *word,
                       char *value,
                       size_t size)
{
    const char *at = description ? strstr(description, word) : NULL;
    size_t length;

    if (!at)
        return false;
    at += strlen(word);
    length = strcspn(at, " ");
    if (length >= size)
        return false;
    memcpy(value, at, length);
    value[length] = '\0';
    jn_nats_text_read(value);
    return true;
}

static void read_description(struct jn_nats_known *known, const char *description)
{
    char order[4];

    jn_nats_described(description, "queue=", known->name, sizeof known->name);
    jn_nats_described(description, "dead=", known->dead, sizeof known->dead);
    known->in_order = jn_nats_described(description, "order=", order, sizeof order) &&
                      strcmp(order, "1") == 0;
}

/* ---- bindings -------------------------------------------------------------------- */

/* Of Q-queue.bind.T.ROUTE, behind `skipped` bytes. */
static bool read_binding(struct jn_nats *nats,
                         struct jn_nats_binding *binding,
                         const char *subject,
                         size_t skipped)
{
    const char *stream = strlen(subject) > skipped ? subject + skipped : "";
    size_t length = strcspn(stream, ".");

    if (stream[length] != '.')
        return true;
    binding->stream = jn_copy(&nats->allocator, stream, length + 1);
    binding->route = jn_copy_text(&nats->allocator, stream + length + 1);
    if (!binding->stream || !binding->route)
        return false;
    binding->stream[length] = '\0';
    return true;
}

static bool read_bindings(struct jn_nats *nats,
                          struct jn_nats_known *known,
                          const jsStreamStateSubjects *subjects,
                          size_t skipped)
{
    size_t count = subjects ? (size_t)subjects->Count : 0;

    known->bindings = jn_new(&nats->allocator, (count + 1) * sizeof *known->bindings);
    if (!known->bindings)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct jn_nats_binding *binding = &known->bindings[known->count++];

        if (!read_binding(nats, binding, subjects->List[i].Subject, skipped))
            return false;
        known->count -= !binding->stream;
    }
    return true;
}

enum jangle_result jn_nats_known_read(struct jn_nats *nats,
                                      const char *stream,
                                      const char *queue,
                                      struct jn_nats_known *known,
                                      struct jangle_error *error)
{
    char subjects[JN_NATS_NAME_SIZE + 8], what[128];
    jsOptions options = jn_nats_asking();
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status;
    bool complete;

    *known = (struct jn_nats_known){.count = 0};
    JN_NATS_JOIN(subjects, sizeof subjects, stream, ".bind.>");
    options.Stream.Info.SubjectsFilter = subjects;
    status = js_GetStreamInfo(&info, nats->context, stream, &options, &code);
    if (status) {
        jn_text_format(what, sizeof what, "queue \"%s\"", JN_SHOWN(60, queue));
        return jn_nats_fail(nats, what, status, code, error);
    }
    read_description(known, info->Config->Description);
    known->born = info->Created;
    complete = read_bindings(nats, known, info->State.Subjects, strlen(subjects) - 1);
    jsStreamInfo_Destroy(info);
    if (complete)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_NO_MEMORY,
                            "NATS: no memory for the bindings of queue \"%s\"",
                            JN_SHOWN(60, queue));
}

void jn_nats_known_finish(struct jn_nats *nats, struct jn_nats_known *known)
{
    for (size_t i = 0; i < known->count; i++) {
        jn_free(&nats->allocator, known->bindings[i].stream);
        jn_free(&nats->allocator, known->bindings[i].route);
    }
    jn_free(&nats->allocator, known->bindings);
    known->bindings = NULL;
    known->count = 0;
}

bool jn_nats_known_takes(const struct jn_nats_known *known,
                         const char *stream,
                         const char *route)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->bindings[i].stream, stream) == 0 &&
            (strcmp(known->bindings[i].route, JN_NATS_ALL_ROUTES) == 0 ||
             strcmp(known->bindings[i].route, route) == 0))
            return true;
    return false;
}

size_t jn_nats_known_routes(const struct jn_nats_known *known,
                            const char *stream,
                            const char **only)
{
    size_t count = 0;

    *only = NULL;
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->bindings[i].stream, stream) != 0)
            continue;
        *only = known->bindings[i].route;
        count++;
    }
    if (count != 1)
        *only = NULL;
    return count;
}

/* ---- who takes a route ----------------------------------------------------------- */

/* Does a filter take that route of the stream? A word "*" stands for any word, and ">"
 * for all that follow. */
static bool filter_takes(const char *filter, const char *stream, const char *route)
{
    char subject[JN_NATS_SUBJECT_SIZE];
    const char *at = subject;

    if (!JN_NATS_JOIN(subject, sizeof subject, stream, ".", route))
        return true; /* in doubt the server decides */
    for (;;) {
        size_t wanted = strcspn(filter, "."), has = strcspn(at, ".");
        bool any = wanted == 1 && *filter == '*';

        if (has && wanted == 1 && *filter == '>')
            return true;
        if (!has || (!any && (wanted != has || memcmp(filter, at, has) != 0)))
            return false;
        if (!filter[wanted] || !at[has])
            return !filter[wanted] && !at[has];
        filter += wanted + 1;
        at += has + 1;
    }
}

/* A consumer that is no queue of ours takes what its own filter lets through. */
static enum jangle_result consumer_takes(struct jn_nats *nats,
                                         const jsConsumerInfo *info,
                                         const char *stream,
                                         const char *route,
                                         bool *taken,
                                         struct jangle_error *error)
{
    const char *filter = info->Config->FilterSubject;
    char queue[JN_NATS_NAME_SIZE + sizeof JN_NATS_QUEUE];
    struct jn_nats_known known;
    enum jangle_result result;

    if (filter && *filter) {
        *taken = filter_takes(filter, stream, route);
        return JANGLE_OK;
    }
    JN_NATS_JOIN(queue, sizeof queue, info->Name, JN_NATS_QUEUE);
    result = jn_nats_known_read(nats, queue, queue, &known, error);
    *taken = result == JANGLE_NOT_FOUND ||
             (!result && jn_nats_known_takes(&known, stream, route));
    jn_nats_known_finish(nats, &known);
    if (result != JANGLE_NOT_FOUND)
        return result;
    jn_nats_forgive(error);
    return JANGLE_OK;
}

enum jangle_result jn_nats_is_taken(struct jn_nats *nats,
                                    const char *stream,
                                    const char *route,
                                    bool *taken,
                                    struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsConsumerInfoList *list = NULL;
    jsErrCode code = 0;
    enum jangle_result result = JANGLE_OK;
    natsStatus status = js_Consumers(&list, nats->context, stream, &options, &code);

    *taken = false;
    if (status == NATS_NOT_FOUND && !code)
        return JANGLE_OK;
    if (status)
        return jn_nats_fail(nats, "who takes a route", status, code, error);
    for (int i = 0; !result && !*taken && i < list->Count; i++)
        result = consumer_takes(nats, list->List[i], stream, route, taken, error);
    jsConsumerInfoList_Destroy(list);
    return result;
}

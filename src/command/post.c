/* post.c - a message for another program is stored, for a publisher to publish: in a
 * stream of the publisher's own, which nobody else reads. */
#include "command/post.h"

#include "base/error.h"
#include "base/ids.h"
#include "command/attempt.h"
#include "command/commands.h"
#include "command/decision.h"
#include "core/call.h"
#include "core/instance.h"
#include "message/check.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"

#include <string.h>

struct posting {
    struct jangle *jangle;
    struct jangle_outcome *outcome;
    struct jangle_error *error; /* of the outcome */
    const struct jangle_publisher *publisher;
    const char *first_name; /* of the publisher */
    const struct jangle_message *type;
    const void *data;
    struct jangle_arena *arena;
    struct jangle_record record;
    struct jangle_append append;
};

static enum jangle_result check_row(struct posting *posting)
{
    const struct jangle_publisher *publisher = posting->publisher;
    const struct jn_publisher_type *known;

    if (!publisher || !publisher->name)
        return jn_fail(posting->error, JANGLE_INVALID, "the publisher %s",
                       publisher ? "has no name" : "is NULL");
    known = jn_map_find(&posting->jangle->registry.publishers, publisher->name);
    if (!known || known->publisher != publisher)
        return jn_fail(posting->error, JANGLE_INVALID,
                       "the publisher \"%s\" is not among config.publishers",
                       JN_SHOWN(64, publisher->name));
    posting->first_name = known->first_name;
    for (size_t i = 0; i < publisher->routes.count; i++)
        if (publisher->routes.items[i].type == posting->type)
            return JANGLE_OK;
    return jn_fail(posting->error, JANGLE_INVALID,
                   "the publisher \"%s\" has no row for %s", publisher->name,
                   posting->type->name);
}

static enum jangle_result take_id(struct posting *posting,
                                  const struct jangle_envelope *envelope)
{
    char *id = posting->outcome->command_id;

    jn_host_id(&posting->jangle->host, posting->record.event_id);
    if (!envelope || !envelope->command_id) {
        jn_id_to_text(posting->record.event_id, id);
        return JANGLE_OK;
    }
    if (!jn_is_id(envelope->command_id))
        return jn_fail(posting->error, JANGLE_INVALID,
                       "%s: the command id is not 1 to %d bytes of UTF-8",
                       posting->type->name, JN_ID_LIMIT);
    jn_text_copy(id, sizeof posting->outcome->command_id, envelope->command_id);
    posting->append.command_id = id;
    return JANGLE_OK;
}

/* Messages with the same text in their first member are kept in order; any other message
 * is a stream of its own. */
static const char *stream_of(const struct posting *posting)
{
    const char *key = jn_type_key(posting->type, posting->data);

    return jn_is_id(key) ? key : posting->outcome->command_id;
}

static enum jangle_result write_record(struct posting *posting,
                                       const struct jangle_envelope *envelope)
{
    const struct jn_limits *limits = &posting->jangle->limits;
    struct jangle_origin origin = {NULL, NULL, NULL, NULL};
    struct jangle_record *record = &posting->record;
    const char *json;

    if (jn_check_run(posting->type, posting->data, posting->error) ||
        jn_encode(posting->arena, posting->type, posting->data, JN_NULLS_REFUSED, limits,
                  &json, &record->payload_size, posting->error))
        return posting->error->result;
    if (envelope)
        origin = envelope->origin;
    if (!origin.correlation_id)
        origin.correlation_id = posting->outcome->command_id;
    record->kind = posting->first_name;
    record->id = stream_of(posting);
    record->type = jn_type_name(posting->type);
    record->type_version = jn_type_version(posting->type);
    record->at = jn_host_now(&posting->jangle->host);
    record->payload = json;
    jn_hash_texts(posting->append.receipt.fingerprint,
                  (const char *const[]){record->kind, record->type, json, NULL});
    return jn_meta_write(posting->arena, &origin, limits, &record->meta, posting->error);
}

static enum jangle_result write_posting(struct posting *posting,
                                        const struct jangle_envelope *envelope)
{
    if (jn_check_open(posting->jangle, posting->error) ||
        jn_check_leader(posting->jangle, posting->error) || check_row(posting) ||
        take_id(posting, envelope))
        return posting->error->result;
    return write_record(posting, envelope);
}

static enum jangle_result commit_posting(struct posting *posting,
                                         const struct jn_sender *sender)
{
    struct jn_sent_attachments *sent_with = sender ? sender->with : NULL;
    struct jangle_append *append = &posting->append;
    struct jangle_outcome *outcome = posting->outcome;
    unsigned char fingerprint[JN_HASH_SIZE];
    enum jangle_result result;

    memcpy(fingerprint, append->receipt.fingerprint, sizeof fingerprint);
    append->records = &posting->record;
    append->count = 1;
    append->from = (struct jangle_command_from){
        .type = posting->record.type,
        .type_version = posting->record.type_version,
        .cause = sender ? sender->cause : 0,
        .sender = sender ? sender->name : NULL,
    };
    result =
        jn_committer_send(&posting->jangle->commands->committer, append,
                          sent_with ? &sent_with->attachments : NULL, -1, posting->error);
    if (result == JANGLE_UNKNOWN)
        jn_remember_unknown(posting->jangle);
    if (result)
        return result;
    if (append->repeated &&
        memcmp(fingerprint, append->receipt.fingerprint, sizeof fingerprint) != 0)
        return jn_fail(posting->error, JANGLE_INVALID,
                       "the command id %s belongs to another command",
                       outcome->command_id);
    outcome->repeated = append->repeated;
    outcome->position = append->receipt.position;
    return JANGLE_OK;
}

enum jangle_result jn_post(struct jangle *jangle,
                           struct jangle_outcome *outcome,
                           const struct jangle_envelope *envelope,
                           const struct jangle_publisher *publisher,
                           const struct jangle_message *type,
                           const void *data,
                           const struct jn_sender *sender)
{
    struct jangle_outcome made = {0}; /* what is posted may lie in the old one */
    struct jangle_arena arena;
    struct posting posting = {
        .jangle = jangle,
        .outcome = &made,
        .error = &made.error,
        .publisher = publisher,
        .type = type,
        .data = data,
        .arena = &arena,
    };

    jn_arena_init(&arena, &jangle->host.host.allocator);
    if (!write_posting(&posting, envelope))
        commit_posting(&posting, sender);
    jn_arena_finish(&arena);
    jn_call_end(jangle, "jangle_post", made.error.result, &made.error, NULL);
    if (outcome)
        *outcome = made;
    return made.error.result;
}

/* The stream's id may lie in the outcome, which does not last. */
enum jangle_result jn_post_write(struct jangle *jangle,
                                 struct jangle_arena *arena,
                                 struct jangle_outcome *outcome,
                                 const struct jangle_envelope *envelope,
                                 const struct jangle_publisher *publisher,
                                 const struct jangle_message *type,
                                 const void *data,
                                 struct jangle_record *record)
{
    struct posting posting = {
        .jangle = jangle,
        .outcome = outcome,
        .error = &outcome->error,
        .publisher = publisher,
        .type = type,
        .data = data,
        .arena = arena,
    };
    enum jangle_result result = write_posting(&posting, envelope);

    *record = posting.record;
    record->id = jn_arena_copy_text(arena, record->id);
    return result ? result : jn_arena_check(arena, posting.error);
}

enum jangle_result jangle_post_(struct jangle *jangle,
                                struct jangle_outcome *outcome,
                                const struct jangle_envelope *envelope,
                                const struct jangle_publisher *publisher,
                                const struct jangle_message *type,
                                const void *data)
{
    if (jn_check_sender(jangle, outcome))
        return JANGLE_CLOSED;
    return jn_post(jangle, outcome, envelope, publisher, type, data, NULL);
}

/* publish.c - parcels are published, and confirmed by the server. */
#include "nats/publish.h"
#include "nats/answers.h"
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/message.h"
#include "nats/names.h"
#include "nats/unresolved.h"

enum { MAX_MS = 30000 };

/* ---- one parcel ------------------------------------------------------------------ */

static enum jangle_result write_subject(const struct jangle_parcel *parcel,
                                        char stream[JN_NATS_NAME_SIZE],
                                        char subject[JN_NATS_SUBJECT_SIZE],
                                        struct jangle_error *error)
{
    char route[JN_NATS_SUBJECT_SIZE];
    enum jangle_result result =
        parcel->topic
            ? jn_nats_name(stream, "topic", parcel->topic, "", error)
            : jn_nats_name(stream, "queue", parcel->queue, JN_NATS_QUEUE, error);

    if (result)
        return result;
    if (!parcel->topic && JN_NATS_JOIN(subject, JN_NATS_SUBJECT_SIZE, stream))
        return JANGLE_OK;
    if (jn_nats_route_write(route, sizeof route, parcel->route) &&
        JN_NATS_JOIN(subject, JN_NATS_SUBJECT_SIZE, stream, ".", route))
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID, "NATS: route \"%s\" is too long",
                            JN_SHOWN(60, parcel->route));
}

/* Each time, because a queue may have been removed meanwhile. */
static enum jangle_result check_taken(struct jn_nats *nats,
                                      const struct jangle_parcel *parcel,
                                      const char *stream,
                                      const char *subject,
                                      struct jangle_error *error)
{
    bool taken = true;
    enum jangle_result result = JANGLE_OK;

    if (parcel->topic && parcel->must_be_queued)
        result =
            jn_nats_is_taken(nats, stream, subject + strlen(stream) + 1, &taken, error);
    if (result || taken)
        return result;
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "NATS: no queue of topic \"%s\" takes route \"%s\"",
                            JN_SHOWN(60, parcel->topic), JN_SHOWN(60, parcel->route));
}

static enum jangle_result check_size(const struct jangle_parcel *parcel,
                                     struct jangle_error *error)
{
    if (parcel->body_size <= JN_NATS_BODY_BYTES)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "NATS: a body of %zu bytes is larger than %d",
                            parcel->body_size, JN_NATS_BODY_BYTES);
}

static enum jangle_result
send_message(struct jn_nats *nats, natsMsg *message, struct jangle_error *error)
{
    natsStatus status = natsConnection_PublishMsg(nats->connection, message);

    natsMsg_Destroy(message);
    if (!status)
        return JANGLE_OK;
    if (status == NATS_MAX_PAYLOAD)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "NATS: body and headers are larger than the %lld bytes "
            "that the server takes (max_payload)",
            (long long)natsConnection_GetMaxPayload(nats->connection));
    return jn_nats_fail(nats, "publishing", status, 0, error);
}

static enum jangle_result post_one(struct jn_nats *nats,
                                   struct jn_nats_posted *posted,
                                   const char *reply,
                                   struct jangle_error *error)
{
    char stream[JN_NATS_NAME_SIZE], subject[JN_NATS_SUBJECT_SIZE];
    char server_id[JN_NATS_SERVER_ID_SIZE];
    const struct jn_nats_extra extra = {server_id, posted->delay_ms};
    natsMsg *message = NULL;
    enum jangle_result result = check_size(posted->parcel, error);

    if (!result)
        result = write_subject(posted->parcel, stream, subject, error);
    if (!result)
        result = check_taken(nats, posted->parcel, stream, subject, error);
    if (result)
        return result;
    if (!jn_nats_is_connected(nats))
        return jangle_error_set(error, JANGLE_BUSY, "NATS: the connection has ended");
    jn_nats_server_id(nats, posted->parcel, &posted->number, server_id);
    result = jn_nats_message_make(nats, posted->parcel, &extra, subject, reply, &message,
                                  error);
    return result ? result : send_message(nats, message, error);
}

/* ---- a call ---------------------------------------------------------------------- */

/* The queues of a topic may differ in what they take, but not in what they are to know:
 * the sentence names the place. */
static void say_refused(const struct jangle_parcel *parcel,
                        const struct jn_nats_answer *answer,
                        struct jangle_error *error)
{
    const char *place = parcel->topic ? parcel->topic : parcel->queue;
    const char *kind = parcel->topic ? "topic" : "queue";

    if (answer->result == JANGLE_NOT_FOUND)
        jangle_error_set(error, JANGLE_NOT_FOUND, "NATS: there is no %s \"%s\"", kind,
                         JN_SHOWN(60, place));
    else if (answer->result == JANGLE_TIMEOUT)
        jangle_error_set(error, JANGLE_TIMEOUT,
                         "NATS: %s \"%s\": no confirm has come in time", kind,
                         JN_SHOWN(60, place));
    else if (answer->result == JANGLE_INVALID)
        jangle_error_set(error, JANGLE_INVALID,
                         "NATS: the message is larger than the stream of %s \"%s\" takes",
                         kind, JN_SHOWN(60, place));
    else if (!answer->code)
        jangle_error_set(
            error, JANGLE_BUSY,
            "NATS: the stream of %s \"%s\" does not answer: it has no leader "
            "now, or the server has no JetStream",
            kind, JN_SHOWN(60, place));
    else
        jangle_error_set(
            error, JANGLE_BUSY,
            "NATS: %s \"%s\" takes nothing: its stream or the server is full "
            "(error %d of JetStream)",
            kind, JN_SHOWN(60, place), answer->code);
}

/* Nobody has answered, or somebody who is not JetStream. Is there no such topic or queue,
 * or has its stream only no leader at the moment? BUSY: the second, as far as we know. */
static enum jangle_result look_for_place(struct jn_nats *nats,
                                         const struct jangle_parcel *parcel)
{
    jsOptions options = jn_nats_asking();
    char stream[JN_NATS_NAME_SIZE], subject[JN_NATS_SUBJECT_SIZE];
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;

    if (!jn_nats_is_connected(nats) || write_subject(parcel, stream, subject, NULL))
        return JANGLE_BUSY;
    js_GetStreamInfo(&info, nats->context, stream, &options, &code);
    jsStreamInfo_Destroy(info);
    return code == JSStreamNotFoundErr ? JANGLE_NOT_FOUND : JANGLE_BUSY;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool is_same_place(const struct jangle_parcel *one,
                          const struct jangle_parcel *other)
{
    return other && strcmp(or_empty(one->topic), or_empty(other->topic)) == 0 &&
           strcmp(or_empty(one->queue), or_empty(other->queue)) == 0;
}

static void look_for_missing(struct jn_nats *nats,
                             struct jn_nats_posted *posted,
                             struct jn_nats_answers *answers,
                             size_t count)
{
    const struct jangle_parcel *before = NULL;
    enum jangle_result result = JANGLE_NOT_FOUND;

    for (size_t i = 0; i < count; i++) {
        if (!posted[i].sent || answers->items[i].result != JANGLE_NOT_FOUND)
            continue;
        if (!is_same_place(posted[i].parcel, before))
            result = look_for_place(nats, posted[i].parcel);
        before = posted[i].parcel;
        answers->items[i].result = result;
    }
}

static enum jangle_result take_results(struct jn_nats *nats,
                                       struct jn_nats_posted *posted,
                                       const struct jn_nats_answers *answers,
                                       size_t count,
                                       struct jangle_error *error)
{
    enum jangle_result worst = JANGLE_OK;

    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel *parcel = posted[i].parcel;

        if (posted[i].sent) {
            parcel->result = answers->items[i].result;
            jn_nats_resolve(nats, parcel, posted[i].number, parcel->result);
            if (parcel->result && (!worst || parcel->result == JANGLE_TIMEOUT)) {
                jn_nats_forgive(error);
                say_refused(parcel, &answers->items[i], error);
            }
        }
        if (parcel->result == JANGLE_TIMEOUT || parcel->result == JANGLE_NO_MEMORY ||
            (parcel->result == JANGLE_BUSY && worst != JANGLE_TIMEOUT))
            worst = parcel->result;
    }
    return worst;
}

static void post_all(struct jn_nats *nats,
                     struct jn_nats_posted *posted,
                     struct jn_nats_answers *answers,
                     size_t count,
                     int64_t until_us,
                     struct jangle_error *error)
{
    char reply[JN_NATS_INBOX_SIZE];

    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel *parcel = posted[i].parcel;

        if (parcel->result != JANGLE_UNKNOWN)
            continue;
        if (jn_monotonic_us() >= until_us) {
            parcel->result = jangle_error_set(
                error, JANGLE_BUSY,
                "NATS: no time is left to publish: connecting has taken it");
            continue;
        }
        jn_nats_answers_inbox(nats, answers, i, reply);
        parcel->result = post_one(nats, &posted[i], reply, error);
        posted[i].sent = answers->items[i].pending = !parcel->result;
    }
}

/* After the connection has broken nobody knows of what was sent. */
static void
wait_for_answers(struct jn_nats *nats, struct jn_nats_answers *answers, int64_t until_us)
{
    if (jn_nats_is_connected(nats)) {
        jn_nats_answers_wait(nats, answers, until_us);
        return;
    }
    for (size_t i = 0; i < answers->count; i++)
        if (answers->items[i].pending)
            answers->items[i].result = JANGLE_TIMEOUT;
}

static enum jangle_result
fail_all(struct jn_nats_posted *posted, size_t count, enum jangle_result result)
{
    for (size_t i = 0; i < count; i++)
        if (posted[i].parcel->result == JANGLE_UNKNOWN)
            posted[i].parcel->result = result;
    return result;
}

enum jangle_result jn_nats_post(struct jn_nats *nats,
                                struct jn_nats_posted *posted,
                                size_t count,
                                int64_t until_us,
                                struct jangle_error *error)
{
    struct jn_nats_answers answers = {.items = NULL};
    enum jangle_result result;

    if (!count)
        return JANGLE_OK;
    result = jn_nats_connect(nats, error);
    if (!result)
        result = jn_nats_answers_begin(nats, &answers, count, error);
    if (result) {
        jn_nats_answers_finish(nats, &answers);
        return fail_all(posted, count, result);
    }
    answers.say_where = true;
    post_all(nats, posted, &answers, count, until_us, error);
    wait_for_answers(nats, &answers, until_us);
    look_for_missing(nats, posted, &answers, count);
    result = take_results(nats, posted, &answers, count, error);
    jn_nats_answers_finish(nats, &answers);
    return result;
}

enum jangle_result jn_nats_publish(struct jangle_transport *transport,
                                   struct jangle_parcel *parcels,
                                   size_t count,
                                   int64_t timeout_ms,
                                   struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    int64_t until_us = jn_monotonic_after_ms(timeout_ms < MAX_MS ? timeout_ms : MAX_MS);
    struct jn_nats_posted *posted =
        jn_new(&nats->allocator, (count ? count : 1) * sizeof *posted);
    enum jangle_result result;

    for (size_t i = 0; i < count; i++) {
        parcels[i].result = posted ? JANGLE_UNKNOWN : JANGLE_NO_MEMORY;
        if (posted)
            posted[i] = (struct jn_nats_posted){.parcel = &parcels[i], .delay_ms = -1};
    }
    if (!posted)
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "NATS: no memory to publish %zu parcels", count);
    result = jn_nats_post(nats, posted, count, until_us, error);
    jn_free(&nats->allocator, posted);
    return result;
}

/* stream.c - streams and consumers are made as we need them. */
#include "nats/stream.h"
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/names.h"

enum jangle_result jn_nats_declare_fail(struct jn_nats *nats,
                                        const char *kind,
                                        const char *name,
                                        natsStatus status,
                                        jsErrCode code,
                                        struct jangle_error *error)
{
    char what[128];

    jn_text_format(what, sizeof what, "declaring %s \"%s\"", kind, JN_SHOWN(60, name));
    return jn_nats_fail(nats, what, status, code, error);
}

/* ---- streams --------------------------------------------------------------------- */

/* A stream that throws away what is old would lose what nobody has received yet. */
static const char *stream_fault(const jsStreamConfig *config)
{
    bool limited = config->MaxMsgs > 0 || config->MaxBytes > 0;

    if (config->MaxAge > 0)
        return "has a max age, after which it forgets what was not received";
    if (config->MaxMsgsPerSubject > 0)
        return "has a limit for each subject, above which it forgets what was not "
               "received";
    if (limited && config->Discard != js_DiscardNew)
        return "has a limit, above which it forgets what was not received: set `discard` "
               "to new";
    if (config->NoAck)
        return "confirms nothing";
    return config->Storage == js_FileStorage ? NULL : "is kept in memory alone";
}

static enum jangle_result check_stream(const jsStreamConfig *config,
                                       const char *kind,
                                       const char *name,
                                       struct jangle_error *error)
{
    const char *fault = stream_fault(config);
    char word[8], known[3 * JN_NATS_NAME_SIZE];

    if (fault)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: the stream of %s \"%s\" exists, and %s", kind,
                                JN_SHOWN(60, name), fault);
    JN_NATS_JOIN(word, sizeof word, kind, "=");
    if (jn_nats_described(config->Description, word, known, sizeof known) &&
        strcmp(known, name) != 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: %s \"%s\" needs the stream that \"%s\" has: a "
                                "point and a _ are the same in the name of a stream",
                                kind, JN_SHOWN(60, name), JN_SHOWN(60, known));
    return JANGLE_OK;
}

/* NOT_FOUND: there is none. */
enum jangle_result jn_nats_stream_look(struct jn_nats *nats,
                                       const char *stream,
                                       const char *kind,
                                       const char *name,
                                       struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status = js_GetStreamInfo(&info, nats->context, stream, &options, &code);
    enum jangle_result result;

    if (status)
        return jn_nats_declare_fail(nats, kind, name, status, code, error);
    result = check_stream(info->Config, kind, name, error);
    jsStreamInfo_Destroy(info);
    return result;
}

enum jangle_result jn_nats_stream_make(struct jn_nats *nats,
                                       jsStreamConfig *config,
                                       const char *kind,
                                       const char *name,
                                       struct jangle_error *error)
{
    const struct jangle_nats_options *given = &nats->settings.options;
    jsOptions options = jn_nats_asking();
    jsErrCode code = 0;
    natsStatus status;

    config->Storage = js_FileStorage;
    config->Discard = js_DiscardNew;
    config->Replicas = given->replicas;
    config->Duplicates = given->double_ms * JN_NATS_NS_PER_MS;
    if (given->max_bytes)
        config->MaxBytes = given->max_bytes;
    status = js_AddStream(NULL, nats->context, config, &options, &code);
    if (code == JSStreamNameExistErr) /* somebody was faster */
        return jn_nats_stream_look(nats, config->Name, kind, name, error);
    return status ? jn_nats_declare_fail(nats, kind, name, status, code, error)
                  : JANGLE_OK;
}

/* ---- consumers ------------------------------------------------------------------- */

void jn_nats_consumer_describe(const struct jn_nats *nats,
                               jsConsumerConfig *config,
                               const char *consumer,
                               const char *filter)
{
    jsConsumerConfig_Init(config);
    config->Durable = consumer;
    config->FilterSubject = filter;
    config->AckPolicy = js_AckExplicit;
    config->AckWait = nats->settings.options.ack_wait_ms * JN_NATS_NS_PER_MS;
    config->MaxDeliver = -1;
    config->MaxAckPending = JN_NATS_PENDING_MAX;
}

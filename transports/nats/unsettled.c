/* unsettled.c - whether anything is out.
 *
 * A server that was killed may know that a message was removed, and have forgotten that
 * it was settled, because it writes down the one before the other. Server 2.9 then counts
 * it as out without end, if a message before it stays in the stream, as that of a turn
 * does. So its count is believed only if a message is there that can be out. */
#include "nats/unsettled.h"
#include "nats/names.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUEST_SIZE = JN_NATS_SUBJECT_SIZE + 64, ANSWER_SIZE = 4 * JN_NATS_SUBJECT_SIZE };

/* False if JSON cannot have the subject as it is. */
static bool write_question(char request[REQUEST_SIZE], const jsConsumerInfo *info)
{
    const char *filter = info->Config->FilterSubject;
    bool has_filter = filter && *filter;
    const char *subject = has_filter ? filter : info->Stream;

    if (strpbrk(subject, "\"\\") || strlen(subject) >= JN_NATS_SUBJECT_SIZE)
        return false;
    JN_NATS_JOIN(request, REQUEST_SIZE, "{\"seq\":1,\"next_by_subj\":\"", subject,
                 has_filter ? "\"}" : ".>\"}");
    return true;
}

/* The number of the message stands before its headers and its body. */
static bool is_behind(natsMsg *answer, uint64_t number)
{
    static const char name[] = "\"seq\":";
    char text[ANSWER_SIZE], nothing[40];
    size_t size = (size_t)natsMsg_GetDataLength(answer);
    const char *at;

    if (size >= sizeof text)
        size = sizeof text - 1;
    memcpy(text, natsMsg_GetData(answer), size);
    text[size] = '\0';
    snprintf(nothing, sizeof nothing, "\"err_code\":%d", (int)JSNoMessageFoundErr);
    if (strstr(text, nothing))
        return true;
    at = strstr(text, name);
    return at && strtoull(at + sizeof name - 1, NULL, 10) > number;
}

/* What was delivered stands before what was not. */
bool jn_nats_is_out(struct jn_nats *nats, const jsConsumerInfo *info)
{
    char subject[JN_NATS_NAME_SIZE + 32], request[REQUEST_SIZE];
    natsMsg *first = NULL;
    bool is = true;

    if (info->NumAckPending <= 0)
        return false;
    if (!write_question(request, info))
        return true;
    JN_NATS_JOIN(subject, sizeof subject, "$JS.API.STREAM.MSG.GET.", info->Stream);
    if (!natsConnection_RequestString(&first, nats->connection, subject, request,
                                      JN_NATS_CALL_MS))
        is = !is_behind(first, info->Delivered.Stream);
    natsMsg_Destroy(first);
    return is;
}

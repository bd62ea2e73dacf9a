/* body.c - the bodies that plain loops send: CloudEvents of deposits. */
#include "rows/body.h"

#include <stdio.h>

const char *body_type(enum body body)
{
    return body == BODY_COMMAND ? "deposit" : "deposited";
}

void body_write_id(char id[BODY_ID_SIZE], int64_t number)
{
    snprintf(id, BODY_ID_SIZE, "019d0000-0000-7000-8000-%012llx",
             (unsigned long long)number);
}

int body_write(char text[BODY_SIZE], enum body body, int64_t number, int64_t account)
{
    static const char command[] = "\"messagekind\":\"command\",";
    char id[BODY_ID_SIZE], data[96];

    body_write_id(id, number);
    if (body == BODY_COMMAND)
        snprintf(data, sizeof data, "{\"account_id\":\"%06lld\",\"amount\":5}",
                 (long long)account);
    else
        snprintf(data, sizeof data, "{\"amount\":1,\"balance\":%lld,\"entry\":%lld}",
                 (long long)number, (long long)number);
    return snprintf(
        text, BODY_SIZE,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"bench\",\"type\":\"%s\","
        "\"subject\":\"%06lld\",\"time\":\"2026-01-02T03:04:05.678901Z\","
        "\"typeversion\":1,%s\"partitionkey\":\"account/%06lld\","
        "\"streamversion\":\"%lld\",\"sequence\":\"%019lld\","
        "\"correlationid\":\"%s\",\"causationid\":\"%s\","
        "\"datacontenttype\":\"application/json\",\"data\":%s}",
        id, body_type(body), (long long)account, body == BODY_COMMAND ? command : "",
        (long long)account, (long long)number + 1, (long long)number + 1, id, id, data);
}

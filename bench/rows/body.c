/* body.c - the bodies that plain loops send: CloudEvents of deposits. */
#include "rows/body.h"

#include <stdio.h>

const char *body_type(enum body body)
{
    return body == BODY_COMMAND ? "deposit" : "deposited";
}

/* As ids of version 7 are: so many are made in a millisecond. */
void body_write_id(char id[BODY_ID_SIZE], int64_t number)
{
    enum { IN_A_MS = 30 };
    unsigned long long ms = 0x019d00000000 + (unsigned long long)number / IN_A_MS;

    snprintf(id, BODY_ID_SIZE, "%08llx-%04llx-7000-8000-%012llx", ms >> 16, ms & 0xffff,
             (unsigned long long)number);
}

int body_write_data(
    char *text, size_t size, enum body body, int64_t number, int64_t account)
{
    if (body == BODY_COMMAND)
        return snprintf(text, size, "{\"account_id\":\"%06lld\",\"amount\":5}",
                        (long long)account);
    return snprintf(text, size, "{\"amount\":1,\"balance\":%lld,\"entry\":%lld}",
                    (long long)number, (long long)number);
}

int body_write_parts(char text[BODY_SIZE], const struct body_parts *parts)
{
    static const char command[] = "\"messagekind\":\"command\",";

    return snprintf(
        text, BODY_SIZE,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"bench\",\"type\":\"%s\","
        "\"subject\":\"%s\",\"time\":\"%s\","
        "\"typeversion\":1,%s\"partitionkey\":\"account/%s\","
        "\"streamversion\":\"%lld\",\"sequence\":\"%019lld\","
        "\"correlationid\":\"%s\",\"causationid\":\"%s\","
        "\"datacontenttype\":\"application/json\",\"data\":%.*s}",
        parts->id, body_type(parts->body), parts->account, parts->time,
        parts->body == BODY_COMMAND ? command : "", parts->account,
        (long long)parts->version, (long long)parts->position, parts->id, parts->id,
        parts->data_size, parts->data);
}

int body_write(char text[BODY_SIZE], enum body body, int64_t number, int64_t account)
{
    char id[BODY_ID_SIZE], name[24], data[96];
    struct body_parts parts = {
        .body = body,
        .id = id,
        .account = name,
        .time = "2026-01-02T03:04:05.678901Z",
        .version = number + 1,
        .position = number + 1,
        .data = data,
    };

    body_write_id(id, number);
    snprintf(name, sizeof name, "%06lld", (long long)account);
    parts.data_size = body_write_data(data, sizeof data, body, number, account);
    return body_write_parts(text, &parts);
}

/* payload.c - the event that is stored by all rows of commands: a payment. */
#include "payload.h"

#include <stdio.h>

const char payload_memo[] =
    "invoice 2026-000417 of the third quarter, due on its last working "
    "day; the goods came in two parts and were accepted, and the rest i"
    "s paid by standing order, as was agreed in writing by both sides...";

const char payload_meta[] =
    "{\"correlation_id\":\"0193b2a0-0000-7000-8000-000000000000\","
    "\"causation_id\":\"0193b2a0-0000-7000-8000-000000000000\"}";

int payload_write(char text[PAYLOAD_ROOM], int64_t balance, int64_t entry)
{
    return snprintf(text, PAYLOAD_ROOM,
                    "{\"amount\":%d,\"balance\":%lld,\"entry\":%lld,\"memo\":\"%s\"}",
                    PAYLOAD_AMOUNT, (long long)balance, (long long)entry, payload_memo);
}

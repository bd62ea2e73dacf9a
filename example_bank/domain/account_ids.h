/* account_ids.h - the aggregate that opens accounts, and hands out their numbers. */
#ifndef BANK_ACCOUNT_IDS_H
#define BANK_ACCOUNT_IDS_H

#include <jangle/aggregate.h>

struct account_ids_state {
    int64_t last; /* the highest number that was handed out */
};

extern const struct jangle_message account_ids_state;
extern const struct jangle_aggregate account_ids_aggregate;

#endif

/* bank_world.h - the whole bank, in memory or in a file, on a clock that is moved by
 * hand: nothing happens in it but when it is told to. */
#ifndef BANK_WORLD_H
#define BANK_WORLD_H

#include "support/temp_directory.h"
#include "support/test.h"

#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"
#include "views/views.h"

#include <jangle/testing.h>

struct bank_world {
    struct jangle *bank;
    jangle_time now;
    uint64_t next;
    char directory[TEMP_PATH_SIZE], file[TEMP_PATH_SIZE];
    bool has_no_sagas;             /* what they would send, the test does */
    struct jangle_outcome outcome; /* of the last command */
};

/* Set-ups and a tear-down: *state is the world. Natalie is 000001 and has 100.00, Johann
 * is 000002 and has nothing. */
int bank_world_in_memory(void **state);
int bank_world_in_file(void **state);
int bank_world_without_sagas(void **state);
int bank_world_close(void **state);

/* What is in its file, only later; true: it could be opened. `storage` is where. */
bool bank_world_open(struct bank_world *world, struct jangle_storage storage);
void bank_world_reopen(struct bank_world *world);

/* Send a command, under an id or without. */
#define BANK_SEND(world, ...) jangle_send((world)->bank, &(world)->outcome, __VA_ARGS__)
#define BANK_SEND_AS(world, name, ...)                                                   \
    jangle_send_in((world)->bank, &(world)->outcome,                                     \
                   jangle_envelope(.command_id = name), __VA_ARGS__)

/* Do all that is due; what is left must be nothing but timeouts. */
void bank_world_settle(struct bank_world *world);
void bank_world_pass_minutes(struct bank_world *world, int64_t minutes);

/* The balance that its ledger ends with, also of a deleted account. */
int64_t bank_world_balance(struct bank_world *world, const char *account_id);

/* What the payment came to: "credited", or "failed: insufficient funds"; "" if there is
 * no such payment of that account. Until the next call. */
const char *
bank_world_payment(struct bank_world *world, const char *account_id, const char *id);

/* Events so far. */
int64_t bank_world_events(struct bank_world *world);

#endif

/* bank_world.h - fixture: the whole bank, in memory or in a file, with a clock that the
 * test sets. It has no threads, so nothing happens before the test asks for it. */
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
    bool has_no_sagas;             /* the test itself sends what the sagas would send */
    struct jangle_outcome outcome; /* of the last command */
};

/* Three set-ups and the tear-down; *state is the bank_world. Account 000001 belongs to
 * Natalie and has 100.00, 000002 belongs to Johann and has nothing. */
int bank_world_in_memory(void **state);
int bank_world_in_file(void **state);
int bank_world_without_sagas(void **state);
int bank_world_close(void **state);

/* Open the bank in `storage`; false: it could not be opened. */
bool bank_world_open(struct bank_world *world, struct jangle_storage storage);

/* Close the bank, and open its file again. */
void bank_world_reopen(struct bank_world *world);

/* Send a command, under an id or without. */
#define BANK_SEND(world, ...) jangle_send((world)->bank, &(world)->outcome, __VA_ARGS__)
#define BANK_SEND_AS(world, name, ...)                                                   \
    jangle_send_in((world)->bank, &(world)->outcome,                                     \
                   jangle_envelope(.command_id = name), __VA_ARGS__)

/* Do all work that is due. Fails if anything but timeouts is left. */
void bank_world_settle(struct bank_world *world);
void bank_world_pass_minutes(struct bank_world *world, int64_t minutes);

/* The balance at the end of the ledger, also of a deleted account. */
int64_t bank_world_balance(struct bank_world *world, const char *account_id);

/* The state of the payment, with the reason if there is one: "credited", "failed:
 * insufficient funds". "" if the account has no such payment. Valid until the
 * next call. */
const char *
bank_world_payment(struct bank_world *world, const char *account_id, const char *id);

/* How many events are stored. */
int64_t bank_world_events(struct bank_world *world);

#endif

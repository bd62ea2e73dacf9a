/* receipt.h - the part of a store's contract (store.h) that says what is kept of a
 * command: its receipt, and where it came from. */
#ifndef JANGLE_PLUGIN_RECEIPT_H
#define JANGLE_PLUGIN_RECEIPT_H

#include <jangle/message.h>

JANGLE_C_BEGIN

struct jangle_store;

/* What is stored under a command id. It is enough to answer the command's sender a second
 * time. */
struct jangle_receipt {
    unsigned char fingerprint[16]; /* of the command's type and payload */
    int64_t position;              /* of the command's last event */
    int64_t version;               /* of the same event, in its stream */
    char reply[64];
};

/* What a command was, and what led to it. A command's events say which command they are
 * of, by its id, and not what the command came from: so a store keeps that here. */
struct jangle_command_from {
    const char *type;   /* the stored name of the command, or of what was posted or
                           received under its id; NULL: not known */
    int type_version;   /* of that type */
    int64_t cause;      /* position of the event whose handling led to it; 0: none */
    const char *sender; /* the subscriber, saga or consumer that sent it, by the name that
                           it had then; NULL: the program itself */
};

/* All that is stored of a command that had an id. */
struct jangle_stored_command {
    const char *command_id;
    struct jangle_receipt receipt;
    jangle_time at; /* of its last event, or when its receipt was stored */
    struct jangle_command_from from;
};

/* ST-9   Find the receipt that is stored under a command id; NOT_FOUND if there is
 *        none. */
typedef enum jangle_result jangle_store_find_command_fn(struct jangle_store *store,
                                                        const char *command_id,
                                                        struct jangle_receipt *receipt,
                                                        struct jangle_error *error);

typedef enum jangle_result
jangle_stored_command_fn(void *context, const struct jangle_stored_command *command);

/* ST-33  Visit what is stored of the command of that id: its receipt, its time, and the
 *        `from` of the append that stored it; NOT_FOUND if there is nothing. It is as the
 *        first append of the id had it, whatever a repeated one said, and a rename does
 *        not change it. What an older schema has stored has no type, no cause and
 *        no sender. Like ST-9, it
 *        passes a fence first, if the store needs one. */
typedef enum jangle_result jangle_store_read_command_fn(struct jangle_store *store,
                                                        const char *command_id,
                                                        jangle_stored_command_fn *visit,
                                                        void *context,
                                                        struct jangle_error *error);

JANGLE_C_END

#endif

/* body.h - the bodies that plain loops send: CloudEvents of deposits, with the members
 * that jangle gives them, and as long. */
#ifndef BENCH_BODY_H
#define BENCH_BODY_H

#include <stddef.h>
#include <stdint.h>

enum { BODY_SIZE = 1024, BODY_ID_SIZE = 40, BODY_TIME_SIZE = 40 };

enum body { BODY_EVENT, BODY_COMMAND };

/* The type of such messages, which is their route, too. */
const char *body_type(enum body body);

void body_write_id(char id[BODY_ID_SIZE], int64_t number);

/* What the message says, as JSON. Returns how long it is. */
int body_write_data(
    char *text, size_t size, enum body body, int64_t number, int64_t account);

struct body_parts {
    enum body body;
    const char *id, *account;
    const char *time; /* as in RFC 3339 */
    int64_t version;  /* of its stream */
    int64_t position;
    const char *data; /* JSON */
    int data_size;
};

/* The whole message. Returns how long it is. */
int body_write_parts(char text[BODY_SIZE], const struct body_parts *parts);

/* Message number 0, 1, 2..., about an account of that number. Returns how long it is. */
int body_write(char text[BODY_SIZE], enum body body, int64_t number, int64_t account);

#endif

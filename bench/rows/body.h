/* body.h - the bodies that plain loops send: CloudEvents of deposits, with the members
 * that jangle gives them, and as long. */
#ifndef BENCH_BODY_H
#define BENCH_BODY_H

#include <stdint.h>

enum { BODY_SIZE = 1024, BODY_ID_SIZE = 40 };

enum body { BODY_EVENT, BODY_COMMAND };

/* The type of such messages, which is their route, too. */
const char *body_type(enum body body);

void body_write_id(char id[BODY_ID_SIZE], int64_t number);

/* Message number 0, 1, 2..., about an account of that number. Returns how long it is. */
int body_write(char text[BODY_SIZE], enum body body, int64_t number, int64_t account);

#endif

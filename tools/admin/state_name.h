/* state_name.h - the name of a subscriber's state. */
#ifndef ADMIN_STATE_NAME_H
#define ADMIN_STATE_NAME_H

#include <jangle/operate.h>

/* "GOING"; NULL if no state has the number. */
const char *jn_state_name(enum jangle_subscriber_state state);

/* "38 s", "3 min", "5 h", "2 days". */
struct jn_bytes;
void jn_state_put_age(struct jn_bytes *out, int64_t ms);

#endif

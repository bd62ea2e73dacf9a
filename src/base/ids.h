/* ids.h - UUIDs of version 7 that never step back; libuuid puts them in words. */
#ifndef JN_IDS_H
#define JN_IDS_H

#include "base/host.h"

/* `clock` and `random` are used for their `now` and `fill`, and must live as long.
 * NO_MEMORY; then there is nothing to finish. */
enum jangle_result jn_ids_init(struct jn_ids *ids,
                               const struct jangle_clock *clock,
                               const struct jangle_random *random);
void jn_ids_finish(struct jn_ids *ids);
void jn_ids_next(struct jn_ids *ids, unsigned char id[JANGLE_ID_SIZE]);

/* The id that follows from texts, which end with NULL: a UUID of version 8 (RFC 9562). */
void jn_id_derive(unsigned char id[JANGLE_ID_SIZE], const char *const *texts);

void jn_id_to_text(const unsigned char id[JANGLE_ID_SIZE], char text[JN_ID_TEXT_SIZE]);
bool jn_id_from_text(unsigned char id[JANGLE_ID_SIZE], const char *text);

#endif

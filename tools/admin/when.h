/* when.h - times as people type and read them. */
#ifndef ADMIN_WHEN_H
#define ADMIN_WHEN_H

#include "admin/bytes.h"

#include <jangle/message.h>

jangle_time jn_when_now(void);

/* Read `03:00`, which is the last such moment before `now`; `2026-11-28`, with ` 21:59`,
 * seconds and a fraction if wanted; the same with a T and a Z; or `-2h` (s m h d w)
 * before `now`. UTC, or local time; what ends with Z is UTC. False: it is no time. */
bool jn_when_read(const char *text, jangle_time now, bool local, jangle_time *time);

/* 2026-11-28 21:59:07.249, and in brief 2026-11-28 21:59:07 */
void jn_when_put(struct jn_bytes *bytes, jangle_time time, bool local);
void jn_when_put_brief(struct jn_bytes *bytes, jangle_time time, bool local);

/* 2026-11-28T21:59:07.249000Z */
void jn_when_put_rfc3339(struct jn_bytes *bytes, jangle_time time);

#endif

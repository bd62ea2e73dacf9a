/* dedup_text.h - the scripts of the dedup. */
#ifndef JN_REDIS_DEDUP_TEXT_H
#define JN_REDIS_DEDUP_TEXT_H

/* Key, token, lease_ms; {"yours"}, {"done"}, or {"another's", left_ms}. */
extern const char jn_redis_dedup_text_begin[];

/* Key, token, lease_ms; "ok", or "another's". */
extern const char jn_redis_dedup_text_renew[];

/* Key, token, "done" or "again", keep_ms; "ok", or "another's". */
extern const char jn_redis_dedup_text_end[];

#endif

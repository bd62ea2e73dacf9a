/* receive_text.h - the script that receives: it frees what nobody has any more, and hands
 * out what waits. */
#ifndef JN_REDIS_RECEIVE_TEXT_H
#define JN_REDIS_RECEIVE_TEXT_H

/* It has two pieces. The first one frees, and moves what is due; the second hands out. */
extern const char jn_redis_receive_text[];
extern const char jn_redis_receive_text_hand_out[];

#endif

/* dedup_text.c - the scripts of the dedup. A message that somebody is at is a key with
 * "begun" and the token of the claim, and one that is done is a key with "done". Each key
 * has its time to live. */
#include "redis/dedup_text.h"

const char jn_redis_dedup_text_begin[] =
    "local message, mine = key('seen', ARGV[2]), 'begun ' .. ARGV[3]\n"
    "local has = redis.call('GET', message)\n"
    "if has == 'done' then return {'done'} end\n"
    "if has and has ~= mine then return {\"another's\", redis.call('PTTL', message)}\n"
    "end\n"
    "redis.call('SET', message, mine, 'PX', ARGV[4])\n"
    "return {'yours'}\n";

const char jn_redis_dedup_text_renew[] =
    "local message, mine = key('seen', ARGV[2]), 'begun ' .. ARGV[3]\n"
    "local has = redis.call('GET', message)\n"
    "if has and has ~= mine then return \"another's\" end\n"
    "redis.call('SET', message, mine, 'PX', ARGV[4])\n"
    "return 'ok'\n";

const char jn_redis_dedup_text_end[] =
    "local message, mine = key('seen', ARGV[2]), 'begun ' .. ARGV[3]\n"
    "local has = redis.call('GET', message)\n"
    "if has and has ~= mine then return \"another's\" end\n"
    "if ARGV[4] == 'done' then redis.call('SET', message, 'done', 'PX', ARGV[5])\n"
    "else redis.call('DEL', message) end\n"
    "return 'ok'\n";

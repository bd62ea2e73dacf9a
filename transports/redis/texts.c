/* texts.c - the scripts that Redis carries out. */
#include "redis/texts.h"
#include "redis/base_text.h"
#include "redis/receive_text.h"
#include "redis/settle_text.h"

static const char declare_topic[] =
    "local stream = key('topic', ARGV[2])\n"
    "if redis.call('EXISTS', stream) == 0 then\n"
    "  redis.call('XGROUP', 'CREATE', stream, 'none', '$', 'MKSTREAM')\n"
    "  redis.call('XGROUP', 'DESTROY', stream, 'none')\n"
    "end\n"
    "redis.call('XLEN', stream) -- an error if it is no stream\n"
    "return 'ok'\n";

static const char declare_queue[] =
    "local queue, topic = ARGV[2], ARGV[3]\n"
    "local wanted = {in_order = ARGV[4], dead = ARGV[5], retry_ms = ARGV[6],\n"
    "    expire_ms = ARGV[7]}\n"
    "local about = by_name(redis.call('HGETALL', key('about', queue)))\n"
    "\n"
    "-- What is refused is refused before anything is made.\n"
    "if next(about) then\n"
    "  for name, value in pairs(wanted) do\n"
    "    if about[name] ~= value then return {'differs', name, about[name] or '',\n"
    "        value} end\n"
    "  end\n"
    "end\n"
    "if topic ~= '' and redis.call('EXISTS', key('topic', topic)) == 0 then\n"
    "    return {'no topic'} end\n"
    "\n"
    "for name, value in pairs(wanted) do redis.call('HSET', key('about', queue),\n"
    "    name, value) end\n"
    "redis.pcall('XGROUP', 'CREATE', key('queue', queue), queue, '0', 'MKSTREAM')\n"
    "redis.call('XPENDING', key('queue', queue),\n"
    "    queue) -- an error if there is no group\n"
    "if wanted.dead ~= '' then make_plain(wanted.dead) end\n"
    "if wanted.expire_ms ~= '0' then redis.call('SADD', prefix .. 'expiring',\n"
    "    queue) end\n"
    "\n"
    "-- The group begins behind what the topic has. It counts entries from there, so\n"
    "-- that Redis knows how many it has not read.\n"
    "if topic ~= '' then\n"
    "  local stream = key('topic', topic)\n"
    "  if not groups_of(stream)[queue] then\n"
    "    local added = by_name(redis.call('XINFO', 'STREAM',\n"
    "        stream))['entries-added']\n"
    "    redis.call('XGROUP', 'CREATE', stream, queue, '$', 'ENTRIESREAD', added)\n"
    "  end\n"
    "  if ARGV[8] == '*' then redis.call('SADD', key('bindings', queue),\n"
    "      '*' .. topic) end\n"
    "  for i = 9, #ARGV do\n"
    "    redis.call('SADD', key('bindings', queue), '=' .. topic .. '\\0' .. ARGV[i])\n"
    "  end\n"
    "end\n"
    "return {'ok'}\n";

static const char publish[] =
    "-- The queues of a topic; nil: there is no such topic. A group that is no queue\n"
    "-- of ours belongs to somebody who reads everything.\n"
    "local known = {}\n"
    "local function queues_of(topic)\n"
    "  if known[topic] == nil then\n"
    "    local queues = {}\n"
    "    if redis.call('EXISTS', key('topic', topic)) == 0 then queues = false end\n"
    "    for name in pairs(groups_of(key('topic',\n"
    "        topic))) do queues[#queues + 1] = name end\n"
    "    known[topic] = queues\n"
    "  end\n"
    "  return known[topic]\n"
    "end\n"
    "\n"
    "local function look_whether_wanted(topic, route)\n"
    "  for _, name in ipairs(queues_of(topic)) do\n"
    "    local bindings = key('bindings', name)\n"
    "    if not exists(name) or redis.call('SISMEMBER', bindings,\n"
    "        '*' .. topic) == 1 or\n"
    "       redis.call('SISMEMBER', bindings,\n"
    "           '=' .. topic .. '\\0' .. route) == 1 then\n"
    "      return true\n"
    "    end\n"
    "  end\n"
    "  return false\n"
    "end\n"
    "\n"
    "-- Nothing comes between the parcels of a call, so each route is looked up once.\n"
    "local wanted = {}\n"
    "local function is_wanted(topic, route)\n"
    "  local known = wanted[topic]\n"
    "  if not known then\n"
    "    known = {}\n"
    "    wanted[topic] = known\n"
    "  end\n"
    "  if known[route] == nil then known[route] = look_whether_wanted(topic, route) end\n"
    "  return known[route]\n"
    "end\n"
    "\n"
    "local results, at = {}, 2\n"
    "while at <= #ARGV do\n"
    "  local kind, name, must, route, count = unpack(ARGV, at, at + 4)\n"
    "  local last = at + 4 + tonumber(count)\n"
    "  local result = 'ok'\n"
    "  if kind == 'queue' and not exists(name) then\n"
    "    result = 'no queue'\n"
    "  elseif kind == 'topic' and not queues_of(name) then\n"
    "    result = 'no topic'\n"
    "  elseif kind == 'topic' and not is_wanted(name, route) then\n"
    "    if must == '1' then result = 'unwanted' end\n"
    "  else\n"
    "    local added = redis.pcall('XADD', key(kind, name), '*', unpack(ARGV,\n"
    "        at + 5, last))\n"
    "    if added.err then\n"
    "      result = string.find(added.err, 'too large', 1, true) and\n"
    "          'large' or added.err\n"
    "    end\n"
    "  end\n"
    "  results[#results + 1] = result\n"
    "  at = last + 1\n"
    "end\n"
    "return results\n";

static const char give_back[] =
    "local queue, me = ARGV[2], ARGV[3]\n"
    "if exists(queue) then\n"
    "  for _, stream in ipairs(streams_of(queue)) do free_consumer(queue, stream,\n"
    "      me) end\n"
    "end\n"
    "if redis.call('GET', key('owner', queue)) == me then redis.call('DEL',\n"
    "    key('owner', queue)) end\n"
    "return 'ok'\n";

static const char count[] =
    "-- How many entries a group has not been given, of those that the queue wants.\n"
    "-- Redis knows how many there are in all, as a rule; the routes of up to 10000\n"
    "-- are looked at.\n"
    "local function count_new(stream, group)\n"
    "  local lag = group.lag\n"
    "  if lag and stream.all then return lag end\n"
    "  local count, looked, last = 0, 0, group['last-delivered-id']\n"
    "  while looked < 10000 do\n"
    "    local entries = redis.call('XRANGE', stream.key, '(' .. last, '+', 'COUNT',\n"
    "        16)\n"
    "    for _, entry in ipairs(entries) do\n"
    "      looked, last = looked + 1, entry[1]\n"
    "      if wants(stream, entry[2]) then count = count + 1 end\n"
    "    end\n"
    "    if #entries < 16 then return count end\n"
    "  end\n"
    "  return lag and count + lag - looked or -1\n"
    "end\n"
    "\n"
    "local function count_free(queue, stream)\n"
    "  for _, consumer in ipairs(redis.call('XPENDING', stream.key,\n"
    "      queue)[4] or {}) do\n"
    "    if consumer[1] == 'free' then return tonumber(consumer[2]) end\n"
    "  end\n"
    "  return 0\n"
    "end\n"
    "\n"
    "local queue = ARGV[2]\n"
    "if not exists(queue) then return 'missing' end\n"
    "local total = redis.call('ZCARD', key('due', queue))\n"
    "for _, stream in ipairs(streams_of(queue)) do\n"
    "  local group = groups_of(stream.key)[queue]\n"
    "  if group and stream.topic == '' then\n"
    "    total = total + redis.call('XLEN',\n"
    "        stream.key) - group.pending + count_free(queue, stream)\n"
    "  elseif group then\n"
    "    local new = count_new(stream, group)\n"
    "    if new < 0 then return -1 end\n"
    "    total = total + new + count_free(queue, stream)\n"
    "  end\n"
    "end\n"
    "return total\n";

static const char purge[] =
    "-- Up to 1000 entries of each stream; the caller calls again if there are more.\n"
    "local queue, more = ARGV[2], false\n"
    "if not exists(queue) then return 'ok' end\n"
    "redis.call('DEL', key('due', queue))\n"
    "for _, stream in ipairs(streams_of(queue)) do\n"
    "  local free = redis.call('XPENDING', stream.key, queue, '-', '+', 1000, 'free')\n"
    "  local ids = {}\n"
    "  for i, one in ipairs(free) do ids[i] = one[1] end\n"
    "  finish(queue, stream, ids)\n"
    "  more = more or #free == 1000\n"
    "  if stream.topic ~= '' then\n"
    "    local added = by_name(redis.call('XINFO', 'STREAM',\n"
    "        stream.key))['entries-added']\n"
    "    redis.call('XGROUP', 'SETID', stream.key, queue, '$', 'ENTRIESREAD', added)\n"
    "  else\n"
    "    local last = groups_of(stream.key)[queue]['last-delivered-id']\n"
    "    local entries = redis.call('XRANGE', stream.key, '(' .. last, '+', 'COUNT',\n"
    "        1000)\n"
    "    for _, entry in ipairs(entries) do redis.call('XDEL', stream.key,\n"
    "        entry[1]) end\n"
    "    more = more or #entries == 1000\n"
    "  end\n"
    "end\n"
    "return more and 'more' or 'ok'\n";

static const char remove_queue[] =
    "for i = 2, #ARGV do\n"
    "  local queue = ARGV[i]\n"
    "  for _, stream in ipairs(streams_of(queue)) do\n"
    "    redis.pcall('XGROUP', 'DESTROY', stream.key, queue)\n"
    "  end\n"
    "  redis.call('DEL', key('queue', queue), key('about', queue), key('bindings',\n"
    "      queue),\n"
    "             key('due', queue), key('owner', queue))\n"
    "  redis.call('SREM', prefix .. 'expiring', queue)\n"
    "end\n"
    "return 'ok'\n";

static const char remove_topic[] =
    "local stream = key('topic', ARGV[2])\n"
    "local reader = next(groups_of(stream))\n"
    "if reader then return {'read', reader} end\n"
    "redis.call('DEL', stream)\n"
    "return {'ok'}\n";

enum { PIECES = 10 }; /* and the NULL that ends them */

#define PUBLISHER jn_redis_base_text_publisher, jn_redis_base_text
#define CONSUMER  jn_redis_base_text_consumer, jn_redis_base_text
#define STREAMS   jn_redis_base_text_streams
#define COPIES    jn_redis_base_text_make, jn_redis_base_text_copy
#define TRIM      jn_redis_base_text_trim

static const char *const texts[JN_REDIS_SCRIPTS][PIECES] = {
    [JN_REDIS_DECLARE_TOPIC] = {CONSUMER, declare_topic},
    [JN_REDIS_DECLARE_QUEUE] = {CONSUMER, jn_redis_base_text_make, declare_queue},
    [JN_REDIS_PUBLISH] = {PUBLISHER, publish},
    [JN_REDIS_RECEIVE] = {CONSUMER, STREAMS, COPIES, TRIM, jn_redis_receive_text,
                          jn_redis_receive_text_hand_out},
    [JN_REDIS_SETTLE] = {CONSUMER, STREAMS, COPIES, TRIM, jn_redis_settle_text},
    [JN_REDIS_GIVE_BACK] = {CONSUMER, STREAMS, give_back},
    [JN_REDIS_COUNT] = {CONSUMER, STREAMS, count},
    [JN_REDIS_PURGE] = {CONSUMER, STREAMS, purge},
    [JN_REDIS_REMOVE_QUEUE] = {CONSUMER, STREAMS, remove_queue},
    [JN_REDIS_REMOVE_TOPIC] = {CONSUMER, remove_topic},
};

const char *const *jn_redis_texts_of(enum jn_redis_script script)
{
    return texts[script];
}

/* messages.c - which members each message has. */
#include "messages.h"

#include <jangle/query.h>

JANGLE_EVENT(money_moved, account_id, kind, amount);

JANGLE_COMMAND(award_points, member_id, points);
JANGLE_EVENT(points_awarded, points, total);
JANGLE_EVENT(bonus_earned, amount);

JANGLE_STRUCT(member_line, member_id, points, moved);
JANGLE_STRUCT(member_list, list(members, member_line));
JANGLE_QUERY(list_members, at_least, answer(member_list));

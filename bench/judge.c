/* judge.c - has a row reached what it is to reach? */
#include "targets.h"

#include <math.h>
#include <stdio.h>

static double value_of(const struct target *target, const struct result *result)
{
    const struct measured *here = &result->by[HERE];

    return target->figure->of ? measure_spread(here, target->figure->of).median
                              : here->counts[target->figure->count];
}

static double ratio_of(const struct target *target,
                       const struct result *result,
                       const struct result *beside)
{
    if (!target->figure->of)
        return value_of(target, result) / value_of(target, beside);
    return measure_ratio(&result->by[HERE], &beside->by[HERE], target->figure->of).median;
}

static bool is_reached(const struct target *target, const struct finding *finding)
{
    double is = target->beside ? finding->ratio : finding->value;

    if (target->or_below > 0 && finding->value < target->or_below)
        return true;
    return target->bound == AT_MOST ? is <= target->wanted : is >= target->wanted;
}

/* Counts are the same however much the machine has to do. */
static enum outcome judge(const struct target *target,
                          const struct finding *finding,
                          const struct result *result,
                          const struct result *beside)
{
    if (isnan(finding->value))
        return TARGET_NONE;
    if (target->figure->of && (result->noisy || (beside && beside->noisy)))
        return TARGET_NOISY;
    if (target->bound == REPORTED)
        return TARGET_NONE;
    return is_reached(target, finding) ? TARGET_REACHED : TARGET_MISSED;
}

bool target_find(const struct target *target,
                 const struct measurement *measurement,
                 struct finding *finding)
{
    const struct result *result = measure_find(measurement, target->row);
    const struct result *beside = measure_find(measurement, target->beside);
    const struct result *raw = measure_find(measurement, target->raw);

    *finding = (struct finding){NAN, NAN, NAN, NAN, TARGET_NONE};
    if (!result || (target->beside && !beside))
        return false;
    finding->value = value_of(target, result);
    if (beside) {
        finding->baseline = value_of(target, beside);
        finding->ratio = ratio_of(target, result, beside);
    }
    if (raw)
        finding->raw = ratio_of(target, result, raw);
    finding->outcome = judge(target, finding, result, beside);
    return true;
}

const char *target_unit(const struct target *target,
                        const struct measurement *measurement,
                        char text[32])
{
    const struct result *result = measure_find(measurement, target->row);

    if (target->figure->unit)
        return target->figure->unit;
    snprintf(text, 32, "%s/s", result ? result->row->unit : "operations");
    return text;
}

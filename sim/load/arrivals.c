#include "load/arrivals.h"

#include "base/wide.h"

void arrivals_init(struct arrivals *arrivals, const struct workload_options *options, uint64_t key)
{
    cs_assert(options->open);
    cs_assert(options->start_ns <= options->stop_ns);
    for (uint32_t i = 1; i < options->stage_count; i++)
        cs_assert(options->stages[i - 1].until_ns < options->stages[i].until_ns);
    *arrivals = (struct arrivals){
        .options = options,
        .step = options->poisson ? distribution_exponential(ARRIVALS_UNIT)
                                 : distribution_constant(ARRIVALS_UNIT),
        .stream = random_stream_of(key),
        .at_ns = options->start_ns,
        .surplus = options->poisson ? 0 : ARRIVALS_UNIT, /* a constant distance begins at once */
    };
}

/* The rate from `at_ns` on, and until when it holds. */
static uint64_t rate_at(const struct workload_options *options, uint64_t at_ns,
                        uint64_t *ret_until_ns)
{
    for (uint32_t i = 0; i < options->stage_count; i++) {
        if (at_ns < options->stages[i].until_ns) {
            *ret_until_ns = options->stages[i].until_ns;
            return options->stages[i].rate_milli_per_s;
        }
    }
    *ret_until_ns = UINT64_MAX;
    return options->rate_milli_per_s;
}

bool arrivals_next(struct arrivals *arrivals, uint64_t *ret_at_ns)
{
    const struct workload_options *options = arrivals->options;
    uint64_t due = distribution_sample(&arrivals->step, &arrivals->stream);
    uint64_t grown = arrivals->surplus;
    uint64_t at = arrivals->at_ns;
    while (grown < due) {
        uint64_t until;
        uint64_t rate = rate_at(options, at, &until);
        wide growth = (wide)rate * (until - at);
        if (until < options->stop_ns && growth < due - grown) {
            grown += (uint64_t)growth;
            at = until;
            continue;
        }
        if (growth < due - grown)
            return false;
        uint64_t wait = (due - grown + rate - 1) / rate;
        grown += wait * rate;
        at += wait;
    }
    if (at >= options->stop_ns)
        return false;
    arrivals->at_ns = at;
    arrivals->surplus = grown - due;
    *ret_at_ns = at;
    return true;
}

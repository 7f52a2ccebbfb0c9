#include "plan_text.h"

#include <inttypes.h>

static void add_distribution(GString *text, const char *name, const struct distribution *d)
{
    g_string_append_printf(text, " %s=", name);
    static const uint64_t bits[] = { 0, UINT64_MAX / 4, UINT64_MAX / 2, UINT64_MAX / 100 * 99,
                                     UINT64_MAX };
    for (size_t i = 0; i < G_N_ELEMENTS(bits); i++) {
        g_string_append_printf(text, "%s%" PRIu64, i == 0 ? "" : "/",
                               distribution_quantile(d, bits[i]));
    }
}

static void add_machines(GString *text, const struct cluster_options *options)
{
    const struct topology *topology = &options->topology;
    for (uint32_t m = 0; m < topology->machine_count; m++) {
        const struct machine_options *machine = &options->machines[m];
        uint32_t rack = topology->rack_of_machine[m];
        g_string_append_printf(
            text, "machine %s rack=%s region=%s cores=%u offset=%" PRId64 " drift=%d\n",
            machine->name, topology->rack_names[rack],
            topology->region_names[topology->region_of_rack[rack]], machine->cores,
            machine->clock.offset_ns, machine->clock.drift_ppb);
    }
}

static void add_link(GString *text, const struct topology *topology, uint32_t index)
{
    const struct link_options *link = &topology->links[index];
    add_distribution(text, "latency", &link->latency);
    g_string_append_printf(text,
                           " jitter=%" PRIu64 " loss=%" PRIu64 " duplicate=%" PRIu64
                           " reorder=%" PRIu64 " bandwidth=%" PRIu64 "\n",
                           link->jitter_ns, link->loss, link->duplicate, link->reorder,
                           link->bandwidth_bits_per_s);
}

static void add_links(GString *text, const struct topology *topology)
{
    for (uint32_t from = 0; from < topology->rack_count; from++) {
        for (uint32_t to = 0; to < topology->rack_count; to++) {
            g_string_append_printf(text, "link %s -> %s", topology->rack_names[from],
                                   topology->rack_names[to]);
            add_link(text, topology, topology->link_of_racks[from * topology->rack_count + to]);
        }
    }
    for (size_t i = 0; i < topology->exception_count; i++) {
        const struct link_exception *exception = &topology->exceptions[i];
        g_string_append_printf(text, "exception %u -> %u", exception->from, exception->to);
        add_link(text, topology, exception->link);
    }
}

static void add_params(GString *text, const struct instance_options *instance)
{
    const struct cs_param *params = instance->program->params;
    for (size_t i = 0; params != NULL && params[i].name != NULL; i++) {
        if (params[i].kind == CS_PARAM_DISTRIBUTION) {
            add_distribution(text, params[i].name, &instance->params[i].distribution);
        } else {
            g_string_append_printf(text, " %s=%" PRIu64, params[i].name,
                                   instance->params[i].number);
        }
    }
    const char *const *costs = instance->program->costs;
    for (size_t i = 0; costs != NULL && costs[i] != NULL; i++)
        g_string_append_printf(text, " unit:%s=%" PRIu64, costs[i], instance->unit_costs_ns[i]);
    const struct cs_volume_spec *volumes = instance->program->volumes;
    for (size_t i = 0; volumes != NULL && volumes[i].name != NULL; i++) {
        g_string_append_printf(text, " volume:%s=%" PRIu64, volumes[i].name,
                               instance->volume_sizes[i]);
    }
}

static void add_instances(GString *text, const struct cluster_options *options)
{
    for (uint32_t i = 0; i < options->instance_count; i++) {
        const struct instance_options *instance = &options->instances[i];
        g_string_append_printf(
            text,
            "instance %s machine=%u group=%u program=%s start=%d boot=%" PRIu64
            " per_message=%" PRIu64 " per_byte=%" PRIu64 " inbox=%u sector=%u disk=%" PRIu64,
            instance->name, instance->machine, instance->group, instance->program_name,
            (int)instance->start, instance->boot_at_ns, instance->cpu.per_message_ns,
            instance->cpu.per_byte_ps, instance->cpu.inbox_limit, instance->disk.sector,
            instance->disk.bandwidth_bytes_per_s);
        add_distribution(text, "read", &instance->disk.read_latency);
        add_distribution(text, "write", &instance->disk.write_latency);
        add_distribution(text, "fsync", &instance->disk.flush_latency);
        add_params(text, instance);
        g_string_append_c(text, '\n');
    }
    for (uint32_t g = 0; g < options->group_count; g++) {
        const struct group_options *group = &options->groups[g];
        g_string_append_printf(text, "group %s members", group->name);
        for (uint32_t i = 0; i < group->member_count; i++)
            g_string_append_printf(text, " %u", group->members[i]);
        g_string_append_printf(text, " spares=%u", group->spare_count);
        for (uint32_t i = 0; i < group->use_count; i++) {
            g_string_append_printf(text, " %s=%s", group->uses[i].name,
                                   options->groups[group->uses[i].group].name);
        }
        g_string_append_c(text, '\n');
    }
}

static void add_workloads(GString *text, const struct plan *plan)
{
    for (uint32_t w = 0; w < plan->workload_count; w++) {
        const struct workload_options *load = &plan->workloads[w];
        g_string_append_printf(
            text,
            "workload %s target=%u clients=%u+%u open=%d poisson=%d rate=%" PRIu64
            " outstanding=%u keys=%d/%u/%g timeout=%" PRIu64 " start=%" PRIu64 " stop=%" PRIu64,
            load->name, load->target, load->clients[0], load->client_count, load->open,
            load->poisson, load->rate_milli_per_s, load->outstanding, (int)load->key_choice,
            load->key_count, load->key_theta, load->timeout_ns, load->start_ns, load->stop_ns);
        add_distribution(text, "think", &load->think);
        add_distribution(text, "value_size", &load->value_size);
        for (uint32_t s = 0; s < load->stage_count; s++) {
            g_string_append_printf(text, " %" PRIu64 ":%" PRIu64, load->stages[s].until_ns,
                                   load->stages[s].rate_milli_per_s);
        }
        for (size_t kind = 0; kind < CS_OP_COUNT; kind++)
            g_string_append_printf(text, " %u", load->weights[kind]);
        g_string_append_c(text, '\n');
    }
}

static void add_sides(GString *text, const struct fault_options *fault)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        g_string_append(text, " [");
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            g_string_append_printf(text, " %s:%d/%u/%u/%d/%d/%" PRIu64, selector->text,
                                   (int)selector->kind, selector->group, selector->index,
                                   selector->any_role, (int)selector->role, selector->fraction);
        }
        g_string_append(text, " ]");
    }
}

static void add_faults(GString *text, const struct plan *plan)
{
    for (uint32_t f = 0; f < plan->fault_count; f++) {
        const struct fault_options *fault = &plan->faults[f];
        g_string_append_printf(text,
                               "fault %s kind=%d at=%" PRIu64 " lasts=%d repeats=%d count=%u"
                               " until=%" PRIu64,
                               fault->id, (int)fault->kind, fault->at_ns, fault->has_duration,
                               fault->repeats, fault->repeat_count, fault->repeat_until_ns);
        for (uint32_t i = 0; i < fault->loss_count; i++) {
            g_string_append_printf(text, " loss=%d/%d:%" PRIu64, (int)fault->losses[i].loss.loss,
                                   fault->losses[i].loss.empty, fault->losses[i].weight);
        }
        for (unsigned a = 0; a < AMOUNT_KINDS; a++) {
            g_autofree char *name =
                g_strdup_printf("amount %u%+" G_GINT64_FORMAT, a, fault->amounts[a].shift);
            add_distribution(text, name, &fault->amounts[a].distribution);
        }
        if (fault->has_duration)
            add_distribution(text, "for", &fault->duration);
        if (fault->repeats)
            add_distribution(text, "every", &fault->every);
        if (fault->kind == FAULT_PACKETS)
            add_distribution(text, "delay", &fault->delay);
        add_sides(text, fault);
        g_string_append_c(text, '\n');
    }
}

static void add_strings(GString *text, const char *name, const char *const *strings)
{
    g_string_append(text, name);
    for (; *strings != NULL; strings++)
        g_string_append_printf(text, " %s", *strings);
    g_string_append_c(text, '\n');
}

char *plan_text(const struct plan *plan)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text,
                           "plan %s (%s) seed=%" PRIx64 "/%" PRIx64 " time %" PRIu64 " %" PRIu64
                           " %" PRIu64 " %" PRIu64 " events=%" PRIu64 " heal=%d shuffle=%d\n",
                           plan->name, plan->about, plan->seed, plan->cluster.seed, plan->warmup_ns,
                           plan->duration_ns, plan->settle_ns, plan->window_ns, plan->events_max,
                           (int)plan->heal, plan->cluster.shuffle_ties);
    add_strings(text, "tags", plan->tags);
    add_machines(text, &plan->cluster);
    add_links(text, &plan->cluster.topology);
    add_instances(text, &plan->cluster);
    add_workloads(text, plan);
    add_faults(text, plan);
    for (const struct plan_check *check = plan->checks; check->name != NULL; check++)
        g_string_append_printf(text, "check %s %d %d\n", check->name, check->enabled, check->named);
    g_string_append_printf(text, "liveness %d %" PRIu64 " expect %d %s %u trace %s %d\n",
                           plan->liveness.enabled, plan->liveness.progress_within_ns,
                           (int)plan->expect.verdict, plan->expect.check, plan->expect.within_seeds,
                           plan->output.trace, plan->output.charts);
    add_strings(text, "charts", plan->output.chart_names);
    for (uint32_t g = 0; g < plan->cluster.group_count; g++) {
        if (plan->allowed_stops[g] != NULL)
            add_strings(text, "stops", plan->allowed_stops[g]);
    }
    return g_string_free(text, FALSE);
}

-- The link rule as a user would write it for a file: an equi-join on address and second, so that
-- the engine can hash it, with the two comparisons on top. Each pair meets in the second in which
-- the child starts. $input and $output are replaced by the names of the files.

create temp table calls as
select id, src_ip, dst_ip, start_at_ms,
       coalesce(latency_msec, end_at_ms - start_at_ms) as latency_msec,
       coalesce(end_at_ms, start_at_ms + floor(latency_msec)::bigint) as end_at_ms
from read_json('$input', format = 'newline_delimited', columns = {
    id: 'VARCHAR', src_ip: 'VARCHAR', dst_ip: 'VARCHAR',
    start_at_ms: 'BIGINT', latency_msec: 'DOUBLE', end_at_ms: 'BIGINT'
});

create temp table links as
select parent.id as parent, parent.start_at_ms as parent_start, child.id as child, child.start_at_ms as child_start
from (select id, src_ip, start_at_ms, end_at_ms, start_at_ms // 1000 as second from calls) child
join (
    select id, dst_ip, start_at_ms, end_at_ms,
           unnest(range(start_at_ms // 1000, end_at_ms // 1000 + 1)) as second
    from calls
) parent
on parent.dst_ip = child.src_ip
and parent.second = child.second
and parent.start_at_ms <= child.start_at_ms
and parent.end_at_ms >= child.end_at_ms
and parent.id <> child.id;

copy (
    select calls.*, coalesce(parents, []) as parents, coalesce(children, []) as children
    from calls
    left join (
        select child as id, list(parent order by parent_start, parent) as parents from links group by child
    ) using (id)
    left join (
        select parent as id, list(child order by child_start, child) as children from links group by parent
    ) using (id)
) to '$output' (format json);

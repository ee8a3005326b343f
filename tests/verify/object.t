: timer set up in its own map
type: sched_cls
map: 1 array 4 24 1 timer=8
r1 = map_value_fd[1]+8 ll
r2 = map_fd[1] ll
r3 = 1
call 169
r0 = 0
exit
=> accept
: timer of another map
type: sched_cls
map: 1 array 4 24 1 timer=8
map: 2 array 4 24 1 timer=8
r1 = map_value_fd[1]+8 ll
r2 = map_fd[2] ll
r3 = 1
call 169
r0 = 0
exit
=> reject timer.map
: not the timer's offset
type: sched_cls
map: 1 array 4 24 1 timer=8
r1 = map_value_fd[1] ll
r2 = map_fd[1] ll
r3 = 1
call 169
r0 = 0
exit
=> reject call.field
log: off 0 doesn't point to 'struct bpf_timer' that is at 8
: timer callback
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f:
r0 = *(u64 *)(r3 + 0)
r0 = 0
exit
=> accept
: timer callback that returns something
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f:
r0 = 1
exit
=> reject call.async_return
: timer callback that sets itself up again
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f:
r1 = r3
r1 += 8
r2 = func f ll
call 170
r0 = 0
exit
=> accept
: timer in a traced program's map
type: kprobe
map: 1 array 4 24 1 timer=8
r1 = map_fd[1] ll
r0 = 0
exit
=> reject map.field_of_prog
: global function under a lock
type: sched_cls
map: 1 array 4 16 1 lock=0
func: 0 main static
func: 9 f global
r1 = map_value_fd[1] ll
call 93
call f
r1 = map_value_fd[1] ll
call 94
r0 = 0
exit
f:
r0 = 0
exit
=> reject call.global_lock_held
: static function under a lock
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 93
call f
r1 = map_value_fd[1] ll
call 94
r0 = 0
exit
f:
r0 = 0
exit
=> accept
: resilient lock
type: sched_cls
map: 1 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
kfunc: 2 bpf_res_spin_unlock
r1 = map_value_fd[1] ll
call kfunc 1
if r0 != 0 goto +3
r1 = map_value_fd[1] ll
call kfunc 2
r0 = 0
exit
=> accept
: resilient lock whose failure is not looked at
type: sched_cls
map: 1 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
kfunc: 2 bpf_res_spin_unlock
r1 = map_value_fd[1] ll
call kfunc 1
r1 = map_value_fd[1] ll
call kfunc 2
r0 = 0
exit
=> reject lock.not_held
: resilient lock twice
type: sched_cls
map: 1 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
r1 = map_value_fd[1] ll
call kfunc 1
if r0 != 0 goto +3
r1 = map_value_fd[1] ll
call kfunc 1
r0 = 0
exit
=> reject lock.again
: resilient locks out of order
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
kfunc: 2 bpf_res_spin_unlock
r1 = map_value_fd[1] ll
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[2] ll
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[1] ll
call kfunc 2
r1 = map_value_fd[2] ll
call kfunc 2
goto out
one:
r1 = map_value_fd[1] ll
call kfunc 2
out:
r0 = 0
exit
=> reject lock.order

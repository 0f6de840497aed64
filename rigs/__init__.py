"""Everything that runs callweave on a real broker and a real Flink cluster on this machine.

Each command of `scripts/` that starts with `exec_rig` is a module here; `__main__` lists them. Below
them lie the parts that they share, from the bottom up:

- `messages`, `options`, `signals`, `processes`, `runs`: a command, its children and its folder;
- `tools`, `parts`, `build`: what must be there before anything can run;
- `kafka`, `flink`: a broker and a cluster, and what they say;
- `trials`: the job on both, and the comparison of its result with the reference.

What decides whether a run was good is kept apart from what talks to processes, and has unit tests.
"""

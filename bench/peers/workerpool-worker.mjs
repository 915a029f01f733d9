import workerpool from "workerpool";

workerpool.worker({ noop: (i) => i });

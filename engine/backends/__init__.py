"""The engines that evaluate a plan. Nobody outside reaches inside one."""

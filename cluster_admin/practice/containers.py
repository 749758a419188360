"""One container of a pod: started, probed, restarted with back-off, stopped."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cluster_admin.practice.container_logs import ContainerLogs
from cluster_admin.practice.events import Recorder
from cluster_admin.practice.pod_status import HOST, ContainerState
from cluster_admin.practice.prober import Prober
from cluster_admin.practice.probes import Kind
from cluster_admin.practice.processes import (
    PORT_MARK,
    Exit,
    Process,
    Programs,
    free_port,
    inherited_environment,
    repository,
)
from cluster_admin.practice.store import Obj, timestamp

START_FAILED = Exit(128, 0)
PROBE_WORDS: dict[Kind, str] = {"startupProbe": "Startup", "readinessProbe": "Readiness", "livenessProbe": "Liveness"}
DEFAULT_GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class BackOff:
    """Pauses in seconds before a restart: doubled each time, forgotten after a long enough run."""

    first: float = 2.0
    longest: float = 60.0
    forgotten_after: float = 600.0

    def pause(self, failures: int) -> float:
        return min(self.first * 2.0 ** min(failures, 30), self.longest)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What containers need of their surroundings."""

    programs: Programs
    logs: ContainerLogs
    events: Recorder
    back_off: BackOff = BackOff()


class Container:
    """`changed` is called after every change of `state`."""

    def __init__(self, pod: Obj, spec: Obj, runtime: Runtime, changed: Callable[[], None]) -> None:
        self.state = ContainerState(name=spec["name"], image=spec["image"])
        self._pod = pod
        self._spec = spec
        self._runtime = runtime
        self._changed = changed
        self._stopping = asyncio.Event()
        self._grace = DEFAULT_GRACE_SECONDS
        self._failures = 0
        self._process: Process | None = None

    def stop(self, grace_seconds: float) -> None:
        """Ask for the end; `run` returns when the process is gone."""
        self._grace = grace_seconds
        self._stopping.set()
        if grace_seconds <= 0 and self._process is not None:
            self._process.kill()

    async def run(self) -> None:
        """Run instance after instance until stopped, or until the restart policy has had enough."""
        argv = self._runtime.programs.get(repository(self._spec["image"]))
        while not self._stopping.is_set():
            if argv is None:
                await self._fail_to_pull()
                continue
            began = time.monotonic()
            ended = await self._run_once(argv)
            if self._stopping.is_set() or not self._restarts_after(ended):
                return
            await self._back_off(time.monotonic() - began)

    async def _run_once(self, argv: tuple[str, ...]) -> Exit:
        self._prepare()
        metadata, name = self._pod["metadata"], self.state.name
        writer = self._runtime.logs.writer(metadata["namespace"], metadata["name"], name)
        try:
            command = [part.replace(PORT_MARK, str(self.state.port)) for part in argv]
            process = await Process.start(command, self._environment(), writer)
        except OSError as impossible:
            self._set_ended(START_FAILED, f"failed to start: {impossible}", "StartError")
            self._runtime.events.warning(self._pod, "Failed", f"Error: {impossible}")
            return START_FAILED
        else:
            return await self._accompany(process)
        finally:
            writer.close()

    def _prepare(self) -> None:
        metadata, image = self._pod["metadata"], self._spec["image"]
        self._runtime.logs.rotate(metadata["namespace"], metadata["name"], self.state.name)
        self.state.port = free_port()
        text = f'Container image "{image}" already present on machine'
        self._runtime.events.normal(self._pod, "Pulled", text)
        self._runtime.events.normal(self._pod, "Created", f"Container created: {self.state.name}")

    async def _accompany(self, process: Process) -> Exit:
        began = timestamp()
        self._process = process
        self._set_running(process, began)
        exited = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        probing = asyncio.create_task(self._prober().run(self.state.port))
        try:
            await asyncio.wait({exited, stopping, probing}, return_when=asyncio.FIRST_COMPLETED)
            if not exited.done():
                await self._end(process, probing)
            self._set_ended(await exited, "", began=began)
            return exited.result()
        finally:
            probing.cancel()
            stopping.cancel()
            if not exited.done():
                await process.stop(0)
            self._process = None

    async def _end(self, process: Process, probing: "asyncio.Task[Kind]") -> None:
        name = self.state.name
        if probing.done() and not self._stopping.is_set():
            word = PROBE_WORDS[probing.result()].lower()
            self._runtime.events.normal(
                self._pod, "Killing", f"Container {name} failed {word} probe, will be restarted"
            )
            self._grace = float(self._pod["spec"].get("terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS))
        else:
            self._runtime.events.normal(self._pod, "Killing", f"Stopping container {name}")
            probing.cancel()
        self._set_ready(False)
        await process.stop(self._grace)

    def _prober(self) -> Prober:
        return Prober(self._spec, self._set_started, self._set_ready, self._report_failure)

    def _restarts_after(self, ended: Exit) -> bool:
        policy = self._pod["spec"].get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and ended.code != 0)

    async def _back_off(self, ran_for: float) -> None:
        if ran_for >= self._runtime.back_off.forgotten_after:
            self._failures = 0
        pause = self._runtime.back_off.pause(self._failures)
        self._failures += 1
        metadata = self._pod["metadata"]
        text = f"restarting failed container={self.state.name} pod={metadata['name']}_{metadata['namespace']}"
        self.state.last_state = self.state.state
        self._set_waiting("CrashLoopBackOff", f"back-off {pause:g}s {text}({metadata['uid']})")
        self._runtime.events.warning(self._pod, "BackOff", f"Back-off {text}")
        await self._pause(pause)
        self.state.restarts += 1

    async def _fail_to_pull(self) -> None:
        image = self._spec["image"]
        unknown = f'the practice cluster has no program for image "{image}"'
        if not self._failures:
            self._runtime.events.normal(self._pod, "Pulling", f'Pulling image "{image}"')
        self._runtime.events.warning(self._pod, "Failed", f'Failed to pull image "{image}": {unknown}')
        self._runtime.events.warning(self._pod, "Failed", "Error: ErrImagePull")
        self._set_waiting("ErrImagePull", unknown)
        await self._pause(self._runtime.back_off.first)
        self._runtime.events.normal(self._pod, "BackOff", f'Back-off pulling image "{image}"')
        self._set_waiting("ImagePullBackOff", f'Back-off pulling image "{image}": {unknown}')
        await self._pause(self._runtime.back_off.pause(self._failures))
        self._failures += 1

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _environment(self) -> dict[str, str]:
        metadata = self._pod["metadata"]
        fields = {
            "metadata.name": metadata["name"],
            "metadata.namespace": metadata["namespace"],
            "metadata.uid": metadata["uid"],
            "spec.nodeName": self._pod["spec"]["nodeName"],
            "status.podIP": HOST,
            "status.hostIP": HOST,
        }
        own = {"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace", "NODE_NAME": "spec.nodeName"}
        env = inherited_environment() | {name: fields[path] for name, path in own.items()}
        for variable in self._spec.get("env") or ():
            path = ((variable.get("valueFrom") or {}).get("fieldRef") or {}).get("fieldPath", "")
            env[variable["name"]] = fields.get(path, "") if path else str(variable.get("value") or "")
        return env | {"PORT": str(self.state.port)}

    def _set_running(self, process: Process, began: str) -> None:
        self.state.state = {"running": {"startedAt": began}}
        self.state.pid = process.pid
        self._runtime.events.normal(self._pod, "Started", f"Container started: {self.state.name}")
        self._changed()

    def _set_waiting(self, reason: str, message: str) -> None:
        self.state.state = {"waiting": {"reason": reason, "message": message}}
        self._changed()

    def _set_ended(self, ended: Exit, message: str, reason: str = "", began: str | None = None) -> None:
        finished = timestamp()
        terminated = {
            "exitCode": ended.code,
            "reason": reason or ("Error" if ended.code else "Completed"),
            "startedAt": began or finished,
            "finishedAt": finished,
            "containerID": f"practice://process/{self.state.pid}",
        }
        terminated |= {"signal": ended.signal} if ended.signal else {}
        terminated |= {"message": message} if message else {}
        self.state.state = {"terminated": terminated}
        self.state.ready = self.state.started = False
        self._changed()

    def _set_started(self) -> None:
        self.state.started = True
        self._changed()

    def _set_ready(self, ready: bool) -> None:
        if self.state.ready is not ready:
            self.state.ready = ready
            self._changed()

    def _report_failure(self, kind: Kind, message: str) -> None:
        self._runtime.events.warning(self._pod, "Unhealthy", f"{PROBE_WORDS[kind]} probe failed: {message}")

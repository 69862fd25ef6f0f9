// Kubernetes' control plane, and kubectl, as one program: the first argument says which part to be.
//
// JOB_POD_FAILURE_BACKOFF ("500ms") says how long the job controller waits before it replaces a failed pod,
// for which it has no flag. Nothing else differs from the released programs.
package main

import (
	"fmt"
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlErrors "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/pkg/controller/job"

	_ "time/tzdata"
)

var parts = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          func() { os.Exit(cli.Run(apiserver.NewAPIServerCommand())) },
	"kube-controller-manager": func() { os.Exit(cli.Run(controllers.NewControllerManagerCommand())) },
	"kube-scheduler":          func() { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) },
	"kubectl":                 func() { kubectlErrors.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand())) },
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		fail("usage: control-plane etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl [flags]")
	}
	if text := os.Getenv("JOB_POD_FAILURE_BACKOFF"); text != "" {
		backoff, err := time.ParseDuration(text)
		if err != nil {
			fail(fmt.Sprintf("JOB_POD_FAILURE_BACKOFF: %v", err))
		}
		job.DefaultJobPodFailureBackOff = backoff
	}
	part := os.Args[1]
	os.Args = os.Args[1:]
	parts[part]()
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}

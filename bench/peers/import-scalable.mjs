import "scalable";
